"""Builds what is deployed: ``python -m deployment --help``. Needs no package but uv."""
