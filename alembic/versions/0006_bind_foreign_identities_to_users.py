"""Bind foreign identities to users, and groups to where they come from."""

import sqlalchemy as sa

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.String(27).with_variant(sa.String(27, collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "foreign_identity",
        sa.Column("issuer", sa.String(500), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_foreign_identity_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_foreign_identity"),
    )
    op.create_index("ix_foreign_identity_user_id", "foreign_identity", ["user_id"])
    with op.batch_alter_table("user_group") as group:
        group.add_column(sa.Column("source", sa.String(32)))
        group.create_index("ix_user_group_source", ["source"])


def downgrade() -> None:
    with op.batch_alter_table("user_group") as group:
        group.drop_index("ix_user_group_source")
        group.drop_column("source")
    op.drop_table("foreign_identity")
