"""Freeze with an export its notebook's name, and keep how files of the notebook's language end."""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notebook") as notebook:
        notebook.add_column(sa.Column("file_extension", sa.String(16)))
    with op.batch_alter_table("export") as export:
        export.add_column(sa.Column("notebook_name", sa.String(200)))
        export.add_column(sa.Column("file_extension", sa.String(16)))
    op.execute("UPDATE export SET notebook_name = (SELECT notebook.name FROM notebook WHERE notebook.id = export.notebook_id)")
    with op.batch_alter_table("export") as export:
        export.alter_column("notebook_name", existing_type=sa.String(200), nullable=False)


def downgrade() -> None:
    with op.batch_alter_table("export") as export:
        export.drop_column("file_extension")
        export.drop_column("notebook_name")
    with op.batch_alter_table("notebook") as notebook:
        notebook.drop_column("file_extension")
