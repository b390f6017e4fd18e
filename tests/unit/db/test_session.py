"""Addresses of databases."""

import pytest
from sqlalchemy import make_url

from server.db.addresses import address_of, shown_address
from server.db.postgresql import Connections, postgresql_engine


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////data/nbinsight.db", "sqlite+aiosqlite:////data/nbinsight.db"),
        ("sqlite:///nbinsight.db", "sqlite+aiosqlite:///nbinsight.db"),
        ("postgresql://ada:s3cret@db.example.org:5433/nbinsight", "postgresql+asyncpg://ada:s3cret@db.example.org:5433/nbinsight"),
        ("postgres://db.example.org/nbinsight", "postgresql+asyncpg://db.example.org/nbinsight"),
        ("postgresql://ada@/nbinsight?host=/run/postgresql", "postgresql+asyncpg://ada@/nbinsight?host=%2Frun%2Fpostgresql"),
        ("postgresql://ada:a@one:5433,two/nbinsight", "postgresql+asyncpg://ada:a@/nbinsight?host=one%3A5433%2Ctwo"),
        ("postgres://one,two", "postgresql+asyncpg://?host=one%2Ctwo"),
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


@pytest.mark.parametrize(
    "given",
    [
        "postgresql://ada:s3cret@x@:db/nbinsight",
        "postgresql://ada:s3@host:cret/nbinsight",
        "s3cret",
        "postgresql://ada:s3/cret@one:cret/n",
        "postgresql://ada:s3@cret@host/n",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_repeating_it(given: str) -> None:
    with pytest.raises(ValueError, match="write @ : / \\? # as %40 %3A %2F %3F %23") as refused:
        address_of(given)
    assert "cret" not in str(refused.value)


def test_an_address_is_shown_without_anything_secret() -> None:
    given = "postgresql://ada:s3cret@db/nbinsight?sslmode=require&sslpassword=s3cret2&password=s3cret3"
    assert shown_address(address_of(given)) == "postgresql://***@db/nbinsight?password=***&sslmode=require&sslpassword=***"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql:///ada:s3cret@db/nbinsight", "postgresql://***@db/nbinsight"),
        ("postgresql://ada@db/nbinsight;password=s3cret", "postgresql://***@db/nbinsight;password=***"),
        ("postgresql://ada:s3cret://x y@db/nbinsight", "postgresql://***@db/nbinsight"),
    ],
)
def test_a_password_in_the_wrong_place_of_an_address_is_not_shown_for_a_name(given: str, shown: str) -> None:
    assert shown_address(address_of(given)) == shown


@pytest.mark.parametrize("given", ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite://nbinsight.db", "sqlite://ada:s3cret@host/x"])
def test_sqlite_without_a_file_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="SQLite needs a file: sqlite:///FILE, or sqlite:////FOLDER/FILE") as refused:
        address_of(given)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("channel_binding=require", "channel_binding=require cannot be kept here: leave it out of the database's address"),
        ("connect_timeout=soon", "connect_timeout in the database's address is a number of seconds."),
    ],
)
def test_a_parameter_that_cannot_be_kept_is_refused_at_once(query: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as refused:
        postgresql_engine(make_url(f"postgresql+asyncpg://ada:s3cret@db/nbinsight?{query}"), Connections())
    assert "s3cret" not in str(refused.value)
