"""Analysis: what the knowledge makes of comments, why, how rightly, and what it lacks."""
