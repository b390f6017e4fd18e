"""Limits do not depend on the database, so these run on SQLite alone."""

from tests.integration.http.conftest import database_url, start

__all__ = ["database_url", "start"]
