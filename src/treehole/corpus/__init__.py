"""Comments: their schema, reading them from anywhere, cleaning them, writing them."""
