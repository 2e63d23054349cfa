"""The model in the package beside others that run the same weights: `bertsum benchmark --peers`."""
