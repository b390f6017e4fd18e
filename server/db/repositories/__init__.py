"""The only place with `select()`; one module for each part of the model."""
