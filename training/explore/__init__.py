"""Explore labelled tweets: one pass over a corpus, one self-contained HTML report."""
