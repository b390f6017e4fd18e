"""The room `domain`: what the product speaks of, in plain Python."""
