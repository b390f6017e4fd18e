"""The room `render`: notebook bytes become shown bytes; no database, no network."""
