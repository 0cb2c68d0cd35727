"""The alert rules that Azure runs, run here over events that are at hand."""
