"""Column types that SQLite and PostgreSQL read alike."""

from datetime import UTC, datetime
from enum import Enum

from sqlalchemy import DateTime, String
from sqlalchemy import Enum as EnumColumn
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator
from typing_extensions import override

from server.domain.ids import ID_LENGTH

# "C": ids compare by byte on PostgreSQL as they do on SQLite, so that keyset pages agree
Id = String(ID_LENGTH).with_variant(String(ID_LENGTH, collation="C"), "postgresql")
Digest = String(64)
# names as filters compare them: whole characters, byte by byte, on both databases
Folded = String().with_variant(String(collation="C"), "postgresql")


class UtcTime(TypeDecorator[datetime]):
    """An aware time, in UTC, on both databases; naive ones are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            msg = "a time without zone cannot be stored"
            raise ValueError(msg)
        return None if value is None else value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def words_of(enum: type[Enum], name: str) -> EnumColumn:
    """Make a column of an enum's names, held to them by a check constraint called `name`."""
    return EnumColumn(enum, name=name, native_enum=False, create_constraint=True, length=32)
