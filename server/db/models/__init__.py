"""Tables. Whatever the domain forbids, a constraint forbids too; no row loads another behind your back: there are no relationships."""

from server.db.models.base import Entity, KernelColumns, Model, NameColumns
from server.db.models.people import AccessTokenRow, ForeignIdentityRow, GlobalGrantRow, GroupMemberRow, GroupRow, UserRow
from server.db.models.projects import ProjectGrantRow, ProjectRow
from server.db.models.records import AuditEventRow, IdempotencyKeyRow, RenderingRow
from server.db.models.things import AuthorizedObjectRow, DashboardRow, ExportRow, InsightRow, NotebookRow, PageRow, TileRow

__all__ = [
    "AccessTokenRow",
    "AuditEventRow",
    "AuthorizedObjectRow",
    "DashboardRow",
    "Entity",
    "ExportRow",
    "ForeignIdentityRow",
    "GlobalGrantRow",
    "GroupMemberRow",
    "GroupRow",
    "IdempotencyKeyRow",
    "InsightRow",
    "KernelColumns",
    "Model",
    "NameColumns",
    "NotebookRow",
    "PageRow",
    "ProjectGrantRow",
    "ProjectRow",
    "RenderingRow",
    "TileRow",
    "UserRow",
]
