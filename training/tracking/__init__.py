"""Runs recorded in MLflow, or in a folder where there is no MLflow to be had.

Recording never ends a training: what cannot be recorded in one place is recorded in the next.
"""
