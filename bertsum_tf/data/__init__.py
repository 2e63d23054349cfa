"""Corpora, oracle labels, prepared data and the batches that are made of it."""
