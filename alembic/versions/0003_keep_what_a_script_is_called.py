"""Keep what a script is called."""

import sqlalchemy as sa

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("notebook", "export"):
        op.add_column(table, sa.Column("file_extension", sa.String(12)))


def downgrade() -> None:
    for table in ("notebook", "export"):
        op.drop_column(table, "file_extension")
