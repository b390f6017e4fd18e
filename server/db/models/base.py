"""What the tables share."""

from datetime import datetime
from typing import Any, ClassVar, Final

from sqlalchemy import JSON, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column, validates

from server.db.columns import Folded, Id, UtcTime
from server.domain.names import fold
from server.domain.notebooks import Kernel

ONE_PRINCIPAL: Final = "(user_id IS NULL) <> (group_id IS NULL)"
"""Whoever holds a permission is a user or a group."""


class Model(MappedAsDataclass, DeclarativeBase, kw_only=True):
    """Every table's base."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcTime(), dict[str, Any]: JSON(), list[dict[str, Any]]: JSON()}


class Entity(Model, kw_only=True):
    """A table whose rows have a global id, which tells their kind."""

    __abstract__ = True
    id: Mapped[str] = mapped_column(Id, primary_key=True)


class KernelColumns(MappedAsDataclass, kw_only=True):
    """What is known of a notebook's kernel; all empty where the notebook does not say."""

    kernel_name: Mapped[str] = mapped_column(String(200))
    kernel_display_name: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str | None] = mapped_column(String(200))
    file_extension: Mapped[str | None] = mapped_column(String(12), default=None)

    @property
    def kernel(self) -> Kernel:
        """All of it as one value."""
        return Kernel(self.kernel_name, self.kernel_display_name, self.language, self.file_extension)


class NameColumns(MappedAsDataclass, kw_only=True):
    """A name, and beside it what filters compare: set with it, never by itself."""

    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(Folded, init=False)

    @validates("name")
    def _fold_name(self, _key: str, name: str) -> str:
        self.name_folded = fold(name)
        return name
