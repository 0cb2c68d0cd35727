"""Measurements, each one command; what they print is what documents quote."""
