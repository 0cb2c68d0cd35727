"""Review what users said about predictions, and turn what is accepted into labelled tweets."""
