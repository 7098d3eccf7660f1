"""Models: what learns from labels, what is compared with it, and how well each does."""
