"""The commands for many articles as Apache Beam pipelines; needs the extra `beam`."""
