"""The daily watch: new comments read as they come, and a queue of those that need a person."""
