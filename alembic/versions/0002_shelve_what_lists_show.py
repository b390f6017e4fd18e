"""Shelve what lists show: notebooks and insights know whether they are authorized, indexes keep each sort together."""

import sqlalchemy as sa

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_FOLDED = sa.String().with_variant(sa.String(collation="C"), "postgresql")
_AUTHORIZED = "UPDATE notebook SET authorized = EXISTS (SELECT 1 FROM authorized_object a WHERE a.notebook_id = notebook.id)"
_COPIED = "UPDATE insight SET authorized = EXISTS (SELECT 1 FROM notebook n WHERE n.id = insight.notebook_id AND n.authorized)"
_COPIED_BACK = """UPDATE authorized_object SET published = (SELECT n.published FROM notebook n WHERE n.id = notebook_id),
    name_folded = (SELECT n.name_folded FROM notebook n WHERE n.id = notebook_id)"""


def upgrade() -> None:
    _let_authorizations_copy_nothing()
    op.drop_index("ix_notebook_published", "notebook")
    with op.batch_alter_table("notebook") as batch:
        batch.add_column(sa.Column("authorized", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.drop_constraint("uq_notebook_copied", type_="unique")
    op.execute(_AUTHORIZED)
    with op.batch_alter_table("notebook") as batch:
        batch.alter_column("authorized", server_default=None)
        batch.create_unique_constraint("uq_notebook_copied", ["id", "project_id", "authorized"])
    op.create_index("ix_notebook_shelf", "notebook", ["project_id", "authorized", "published", "id", "name_folded"])
    op.add_column("insight", sa.Column("authorized", sa.Boolean()))
    op.execute(_COPIED)
    with op.batch_alter_table("insight") as batch:
        batch.drop_constraint("fk_insight_notebook", type_="foreignkey")
        batch.alter_column("authorized", nullable=False)
        batch.create_foreign_key(
            "fk_insight_notebook",
            "notebook",
            ["notebook_id", "project_id", "authorized"],
            ["id", "project_id", "authorized"],
            onupdate="CASCADE",
        )
    for table, sorts in (("insight", ["authorized", "listed"]), ("dashboard", ["listed"])):
        op.drop_index(op.f(f"ix_{table}_owner_id"), table)
        op.create_index(f"ix_{table}_shelf", table, ["project_id", *sorts, "id", "name_folded"])
        op.create_index(f"ix_{table}_own_shelf", table, ["owner_id", "project_id", *sorts, "id", "name_folded"])


def downgrade() -> None:
    for table in ("dashboard", "insight"):
        op.drop_index(f"ix_{table}_own_shelf", table)
        op.drop_index(f"ix_{table}_shelf", table)
        op.create_index(op.f(f"ix_{table}_owner_id"), table, ["owner_id"])
    with op.batch_alter_table("insight") as batch:
        batch.drop_constraint("fk_insight_notebook", type_="foreignkey")
        batch.drop_column("authorized")
        batch.create_foreign_key("fk_insight_notebook", "notebook", ["notebook_id", "project_id"], ["id", "project_id"])
    op.drop_index("ix_notebook_shelf", "notebook")
    with op.batch_alter_table("notebook") as batch:
        batch.drop_constraint("uq_notebook_copied", type_="unique")
        batch.drop_column("authorized")
        batch.create_unique_constraint("uq_notebook_copied", ["id", "project_id", "published", "name_folded"])
    op.create_index("ix_notebook_published", "notebook", ["project_id", "published", "id", "name_folded"])
    _let_authorizations_copy()


def _let_authorizations_copy_nothing() -> None:
    op.drop_index("ix_authorized_object_page", "authorized_object")
    with op.batch_alter_table("authorized_object") as batch:
        batch.drop_constraint("fk_authorized_notebook", type_="foreignkey")
        batch.drop_column("published")
        batch.drop_column("name_folded")
        batch.create_foreign_key(
            "fk_authorized_notebook", "notebook", ["notebook_id", "project_id"], ["id", "project_id"], ondelete="CASCADE"
        )
    op.create_index(op.f("ix_authorized_object_project_id"), "authorized_object", ["project_id"])


def _let_authorizations_copy() -> None:
    op.drop_index(op.f("ix_authorized_object_project_id"), "authorized_object")
    op.add_column("authorized_object", sa.Column("published", sa.Boolean()))
    op.add_column("authorized_object", sa.Column("name_folded", _FOLDED))
    op.execute(_COPIED_BACK)
    with op.batch_alter_table("authorized_object") as batch:
        batch.alter_column("published", nullable=False)
        batch.alter_column("name_folded", nullable=False)
        batch.drop_constraint("fk_authorized_notebook", type_="foreignkey")
        batch.create_foreign_key(
            "fk_authorized_notebook",
            "notebook",
            ["notebook_id", "project_id", "published", "name_folded"],
            ["id", "project_id", "published", "name_folded"],
            ondelete="CASCADE",
            onupdate="CASCADE",
        )
    op.create_index("ix_authorized_object_page", "authorized_object", ["project_id", "published", "notebook_id", "name_folded"])
