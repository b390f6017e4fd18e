"""Freeze with an export its notebook's name."""

import sqlalchemy as sa

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("export") as export:
        export.add_column(sa.Column("notebook_name", sa.String(200)))
    op.execute("UPDATE export SET notebook_name = (SELECT notebook.name FROM notebook WHERE notebook.id = export.notebook_id)")
    with op.batch_alter_table("export") as export:
        export.alter_column("notebook_name", existing_type=sa.String(200), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("export") as export:
        export.drop_column("notebook_name")
