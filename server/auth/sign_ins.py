"""Sign-ins that leave a trace: the first of a foreign identity, and those that are refused.

A refusal is logged each time, with its reason, and audited at most once a minute for the same reason, provider and user, 60 times a
minute in all: who sends nonsense may fill neither the table nor the one writer of SQLite.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from server.auth.credentials import WrongToken
from server.db.models import AuditEventRow
from server.db.session import Database
from server.domain.grants import AuditOutcome
from server.domain.ids import Kind
from server.domain.measures import SIGN_INS_REFUSED, UNMEASURED, Measures

log = structlog.get_logger("server.auth")

_SPAN: Final = timedelta(minutes=1)
_MOST: Final = 60


class Refusals:
    """Notes refused sign-ins, and never holds one up: what cannot be written at once is written with the next."""

    def __init__(
        self, database: Database, clock: Callable[[], datetime], new_id: Callable[[Kind], str], measures: Measures = UNMEASURED
    ) -> None:
        """Take the database, the time, the maker of ids, and who counts."""
        self._database, self._clock, self._new_id, self._measures = database, clock, new_id, measures
        self._noted: dict[tuple[str, str, str | None], datetime] = {}
        self._waiting: list[tuple[datetime, str | None]] = []

    async def note(self, provider: str, refused: WrongToken) -> None:
        """Log a refusal, and audit it unless there have been enough; never fails."""
        log.info("sign-in refused", provider=provider, reason=refused.reason)
        self._measures.add(SIGN_INS_REFUSED, provider)
        now = self._clock()
        self._noted = {key: at for key, at in self._noted.items() if now - at < _SPAN}
        key = (provider, refused.reason, refused.user_id)
        if key not in self._noted and len(self._noted) < _MOST:
            self._noted[key] = now
            self._waiting = [*self._waiting, (now, refused.user_id)][-_MOST:]
        if self._waiting and not self._database.is_writing:
            await self._write()

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, []
        try:
            async with self._database.noting() as session:
                session.add_all(sign_in(self._new_id, at, user_id, AuditOutcome.DENIED) for at, user_id in waiting)
        except (SQLAlchemyError, OSError) as error:  # the writer is taken by another process, or the database is away
            log.warning("refused sign-in not audited yet", error=type(error).__name__)
            self._waiting = [*waiting, *self._waiting][-_MOST:]


def sign_in(new_id: Callable[[Kind], str], at: datetime, user_id: str | None, outcome: AuditOutcome) -> AuditEventRow:
    """Return the event of a sign-in; without a user where nobody knows whose it was."""
    return AuditEventRow(
        id=new_id(Kind.AUDIT_EVENT), at=at, actor_id=user_id, action="signIn", subject_id=user_id, project_id=None, outcome=outcome
    )
