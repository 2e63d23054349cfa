"""What computes sentence scores for `bertsum_tf.Summarizer`: one module a runtime."""
