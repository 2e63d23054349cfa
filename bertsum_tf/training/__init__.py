"""Recipes, learning rates, the optimizer and the training loop."""
