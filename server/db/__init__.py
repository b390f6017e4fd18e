"""The room `db`: tables, sessions, and the only place with `select()`."""
