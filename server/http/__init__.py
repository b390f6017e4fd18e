"""The room `http`: ASGI only."""
