"""Which renderings exist; fits the port of the render room."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.db.models import RenderingRow
from server.db.session import Database
from server.domain.rendering import RenderingRecord, RenderNotice, RenderNoticeCode


class Renderings:
    """Rows of `rendering`, each written in a short transaction of its own."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        """Take the database and the time."""
        self._database = database
        self._clock = clock

    async def find(self, key: str) -> RenderingRecord | None:
        """Return the record of a rendering made earlier."""
        async with self._database.reading() as session:
            row = await session.scalar(select(RenderingRow).where(RenderingRow.key == key))
        return None if row is None else RenderingRecord(row.key, row.digest, row.byte_size, tuple(map(_notice, row.notices)))

    async def keep(self, record: RenderingRecord) -> None:
        """Remember a rendering; another process may have been quicker, which is as good."""
        row = RenderingRow(
            key=record.key,
            digest=record.digest,
            byte_size=record.byte_size,
            notices=[{"code": notice.code.value, "message": notice.message, "cell_index": notice.cell_index} for notice in record.notices],
            created_at=self._clock(),
        )
        try:
            async with self._database.writing() as session:
                await session.merge(row)
        except IntegrityError:
            if await self.find(record.key) is None:
                raise


def _notice(stored: dict[str, object]) -> RenderNotice:
    index = stored["cell_index"]
    return RenderNotice(RenderNoticeCode(stored["code"]), str(stored["message"]), index if isinstance(index, int) else None)
