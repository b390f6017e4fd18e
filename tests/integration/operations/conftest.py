"""What operators look at does not depend on the database, but where it is about the database itself."""

from tests.integration.http.conftest import database_url, start

__all__ = ["database_url", "start"]
