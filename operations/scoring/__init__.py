"""Score whole files of tweets: ``python -m sentiment score``. What is served never imports it."""
