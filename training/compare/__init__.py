"""Compare all recorded runs: one table with its figures, and the card of the shipped model."""
