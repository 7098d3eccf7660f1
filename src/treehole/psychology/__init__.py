"""Psychology: users and their ten features."""
