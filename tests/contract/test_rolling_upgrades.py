"""Servers of the version before go on while a newer one has migrated: no step takes away what they need."""

from alembic import command
from server.db.migrate import run_alembic
from server.db.session import Database
from tests.contract.test_migrations import VERSIONS, Schema, read, schema_of

BEFORE_THE_FIRST_RELEASE = {
    "0002": [
        "authorized_object.name_folded goes",
        "authorized_object.published goes",
        "insight.authorized must be filled",
        "notebook.authorized must be filled",
    ],
    "0004": ["project.key_folded must be filled", "user_account.login_folded must be filled"],
    "0005": ["export.notebook_name must be filled"],
}
"""What steps break that no release had before them; nothing is added to it."""


def broken_for_the_version_before(before: Schema, after: Schema) -> list[str]:
    """Name what a step takes from servers of the version before: tables and columns that go, columns that they would have to fill."""
    gone = [f"{table} goes" for table in before.keys() - after.keys()]
    for table in before.keys() & after.keys():
        old, new = ({name: column for name, column in schema[table].items() if isinstance(column, tuple)} for schema in (before, after))
        gone += [f"{table}.{name} goes" for name in old.keys() - new.keys()]
        gone += [f"{table}.{name} must be filled" for name in new.keys() - old.keys() if not new[name][1] and new[name][2] is None]
        gone += [f"{table}.{name} must be filled" for name in new.keys() & old.keys() if old[name][1] and not new[name][1]]
    return sorted(gone)


async def test_each_step_leaves_the_version_before_what_it_needs(unmigrated_database: Database) -> None:
    broken = dict[str, list[str]]()
    for version in VERSIONS:
        before = await read(unmigrated_database, schema_of)
        await run_alembic(unmigrated_database, lambda config: command.upgrade(config, "+1"))
        if found := broken_for_the_version_before(before, await read(unmigrated_database, schema_of)):
            broken[version.name[:4]] = found
    assert broken == BEFORE_THE_FIRST_RELEASE
