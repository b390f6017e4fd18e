"""Find rows by the blob that they name."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("notebook", "export", "rendering"):
        op.create_index(f"ix_{table}_digest", table, ["digest"])


def downgrade() -> None:
    for table in ("rendering", "export", "notebook"):
        op.drop_index(f"ix_{table}_digest", table)
