"""Refuse logins and keys that differ in case alone."""

import sqlalchemy as sa

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    for table, column in (("user_account", "login"), ("project", "key")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column(f"{column}_folded", _FOLDED, nullable=True))
        _fold(table, column)
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column(f"{column}_folded", existing_type=_FOLDED, nullable=False)
            batch_op.create_unique_constraint(op.f(f"uq_{table}_{column}_folded"), [f"{column}_folded"])


def _fold(table: str, column: str) -> None:
    """Give each row its folded text; of twins that are there already, one has it, the others keep their own: all go on working."""
    names = sa.table(table, sa.column("id"), sa.column(column), sa.column(f"{column}_folded"))
    connection, taken = op.get_bind(), set[str]()
    rows = connection.execute(sa.select(names.c.id, names.c[column])).all()
    for id_, name in sorted(rows, key=lambda row: (row[1] != row[1].lower(), row[0])):
        folded = name if name.lower() in taken else name.lower()
        taken.add(folded)
        connection.execute(sa.update(names).where(names.c.id == id_).values({f"{column}_folded": folded}))


def downgrade() -> None:
    for table, column in (("project", "key"), ("user_account", "login")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(op.f(f"uq_{table}_{column}_folded"), type_="unique")
            batch_op.drop_column(f"{column}_folded")
