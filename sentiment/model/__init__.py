"""The model: a verified bundle in, predictions out."""
