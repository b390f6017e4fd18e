"""The room `schema`: the shape of the API; no queries, no rules."""
