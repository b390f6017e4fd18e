"""Addresses of databases."""

import pytest

from server.db.session import address_of


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////data/nbinsight.db", "sqlite+aiosqlite:////data/nbinsight.db"),
        ("sqlite:///nbinsight.db", "sqlite+aiosqlite:///nbinsight.db"),
        ("postgresql://ada:s3cret@db.example.org:5433/nbinsight", "postgresql+asyncpg://ada:s3cret@db.example.org:5433/nbinsight"),
        ("postgres://db.example.org/nbinsight", "postgresql+asyncpg://db.example.org/nbinsight"),
        ("postgresql://ada@/nbinsight?host=/run/postgresql", "postgresql+asyncpg://ada@/nbinsight?host=%2Frun%2Fpostgresql"),
    ],
)
def test_an_address_gets_the_driver_that_does_not_block(given: str, driver: str) -> None:
    assert address_of(given).render_as_string(hide_password=False) == driver


@pytest.mark.parametrize("given", ["mysql://db/nbinsight", "oracle://db/nbinsight", "sqlite+pysqlite:///nbinsight.db", "redis://db"])
def test_another_database_is_refused_without_its_password(given: str) -> None:
    with_password = given.replace("db", "ada:s3cret@db")
    with pytest.raises(ValueError, match="is not a database nbinsight knows: use sqlite:///FILE or postgresql://USER@HOST/NAME") as refused:
        address_of(with_password)
    assert "s3cret" not in str(refused.value)
