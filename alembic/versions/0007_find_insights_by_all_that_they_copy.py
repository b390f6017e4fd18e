"""Find a notebook's insights by all that their foreign key names."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("ix_insight_notebook_id", "insight")
    op.create_index("ix_insight_copy", "insight", ["notebook_id", "project_id", "authorized"])


def downgrade() -> None:
    op.drop_index("ix_insight_copy", "insight")
    op.create_index("ix_insight_notebook_id", "insight", ["notebook_id"])
