"""The model families, one file each, and what they share."""
