"""Times are stored in UTC and read back aware."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

from server.db.columns import Id, UtcTime, words_of
from server.domain.grants import TokenScope

DIALECTS = [pytest.param(sqlite.dialect(), id="sqlite"), pytest.param(postgresql.dialect(), id="postgresql")]  # type: ignore[no-untyped-call]  # SQLAlchemy's own
ZONES = st.timedeltas(timedelta(hours=-14), timedelta(hours=14)).map(
    lambda offset: timezone(timedelta(minutes=offset // timedelta(minutes=1)))
)
TIMES = st.datetimes(datetime(1970, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001  bounds without zone


@pytest.mark.parametrize("dialect", DIALECTS)
@given(time=TIMES)
def test_a_time_comes_back_as_the_same_moment_in_utc(dialect: Dialect, time: datetime) -> None:
    column = UtcTime()
    stored = column.process_bind_param(time, dialect)
    assert stored is not None
    for answer in (stored, stored.replace(tzinfo=None), time):  # as PostgreSQL, SQLite and a session of another zone give it
        read = column.process_result_value(answer, dialect)
        assert read == time
        assert read.tzinfo is UTC


@pytest.mark.parametrize("dialect", DIALECTS)
def test_no_time_stays_no_time(dialect: Dialect) -> None:
    assert UtcTime().process_bind_param(None, dialect) is None
    assert UtcTime().process_result_value(None, dialect) is None


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_time_without_zone_is_refused(dialect: Dialect) -> None:
    with pytest.raises(ValueError, match=r"^a time without zone cannot be stored$"):
        UtcTime().process_bind_param(datetime(2026, 1, 1), dialect)  # noqa: DTZ001  that is what is refused


def test_ids_compare_by_byte_on_both_databases() -> None:
    assert Id.compile(sqlite.dialect()) == "VARCHAR(27)"
    assert Id.compile(postgresql.dialect()) == 'VARCHAR(27) COLLATE "C"'  # type: ignore[no-untyped-call]  # likewise


def test_words_are_stored_as_text_of_one_length() -> None:
    column = words_of(TokenScope, "scope")
    assert (column.enums, column.length, column.native_enum, column.create_constraint) == (["READ", "WRITE"], 32, False, True)
