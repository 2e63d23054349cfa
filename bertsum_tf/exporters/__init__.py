"""Trained models as files for serving and for devices: one module a format."""
