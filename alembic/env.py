"""What Alembic runs around migrations: the connection, and the transaction on it, come from `server/db/migrate.py`."""

from collections.abc import Iterable
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.operations.ops import MigrationScript
from alembic.runtime.migration import MigrationContext

from alembic import context
from server.db.columns import UtcTime
from server.db.models import Model


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:  # noqa: ANN401  columns, types, constraints: Alembic's hook takes them all
    """Write our own types as SQLAlchemy's: a migration must mean the same when the models have moved on."""
    del autogen
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


def leave_out_empty(
    migration: MigrationContext, revision: str | Iterable[str | None] | Iterable[str], directives: list[MigrationScript]
) -> None:
    """Write no file where the models say what the migrations already do."""
    del migration, revision
    directives[:] = [script for script in directives if script.upgrade_ops is not None and not script.upgrade_ops.is_empty()]


def migrate() -> None:
    """Run what was asked for on the connection given."""
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Model.metadata,
        render_item=render_item,
        render_as_batch=True,  # SQLite alters a table by copying it; PostgreSQL reads the same lines as plain ALTER TABLE
        process_revision_directives=leave_out_empty,
    )
    context.run_migrations()


migrate()
