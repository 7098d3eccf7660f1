"""Whole jobs over many comments: batches, workers, resuming, progress."""
