"""One file for each root mutation field: its input, its payload, the field."""
