"""Score whole files of tweets: ``python -m operations score``."""
