"""The schema, put together."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from strawberry.extensions import DisableIntrospection, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.tools import create_type
from strawberry.types.scalar import ScalarDefinition

from server.schema.errors import MEMBERS
from server.schema.extensions.fast_execution import FastExecutor
from server.schema.extensions.limits import OperationLimits
from server.schema.extensions.operation import OperationContext
from server.schema.extensions.parsed import Parsed
from server.schema.federation import FEDERATION_VERSION, Subgraph, service
from server.schema.mutations.add_dashboard_page import add_dashboard_page
from server.schema.mutations.add_insight_tile import add_insight_tile
from server.schema.mutations.add_text_tile import add_text_tile
from server.schema.mutations.authorize_notebook import authorize_notebook
from server.schema.mutations.copy_tile import copy_tile
from server.schema.mutations.create_access_token import create_access_token
from server.schema.mutations.create_dashboard import create_dashboard
from server.schema.mutations.create_export import create_export
from server.schema.mutations.create_insight import create_insight
from server.schema.mutations.create_project import create_project
from server.schema.mutations.create_user import create_user
from server.schema.mutations.deactivate_user import deactivate_user
from server.schema.mutations.delete_dashboard import delete_dashboard
from server.schema.mutations.delete_export import delete_export
from server.schema.mutations.delete_insight import delete_insight
from server.schema.mutations.delete_notebook import delete_notebook
from server.schema.mutations.move_tile import move_tile
from server.schema.mutations.publish_notebook import publish_notebook
from server.schema.mutations.remove_dashboard_page import remove_dashboard_page
from server.schema.mutations.remove_tile import remove_tile
from server.schema.mutations.revoke_access_token import revoke_access_token
from server.schema.mutations.revoke_authorization import revoke_authorization
from server.schema.mutations.save_group import save_group
from server.schema.mutations.save_notebook import save_notebook
from server.schema.mutations.select_export import select_export
from server.schema.mutations.set_authorize_all_objects import set_authorize_all_objects
from server.schema.mutations.set_dashboard_listed import set_dashboard_listed
from server.schema.mutations.set_insight_listed import set_insight_listed
from server.schema.mutations.set_project_permissions import set_project_permissions
from server.schema.mutations.transfer_ownership import transfer_ownership
from server.schema.mutations.update_dashboard import update_dashboard
from server.schema.mutations.update_dashboard_page import update_dashboard_page
from server.schema.mutations.update_insight import update_insight
from server.schema.mutations.update_project import update_project
from server.schema.mutations.update_tile import update_tile
from server.schema.mutations.update_user import update_user
from server.schema.queries.dashboard import dashboard
from server.schema.queries.entities import entities
from server.schema.queries.export import export
from server.schema.queries.insight import insight
from server.schema.queries.node import node, nodes
from server.schema.queries.notebook import notebook
from server.schema.queries.people import audit_events, groups, users
from server.schema.queries.project import project, projects
from server.schema.queries.viewer import viewer
from server.schema.subscriptions.dashboard_changed import dashboard_changed
from server.schema.subscriptions.export_created import export_created
from server.schema.subscriptions.insight_changed import insight_changed
from server.schema.types.tile import InsightTile, TextTile

QUERIES = [viewer, node, nodes, projects, project, notebook, export, insight, dashboard, users, groups, audit_events, service, entities]
MUTATIONS = [
    save_notebook,
    delete_notebook,
    publish_notebook,
    create_export,
    delete_export,
    select_export,
    create_insight,
    update_insight,
    delete_insight,
    set_insight_listed,
    create_dashboard,
    update_dashboard,
    delete_dashboard,
    set_dashboard_listed,
    add_dashboard_page,
    update_dashboard_page,
    remove_dashboard_page,
    add_insight_tile,
    add_text_tile,
    update_tile,
    move_tile,
    copy_tile,
    remove_tile,
    authorize_notebook,
    revoke_authorization,
    set_authorize_all_objects,
    create_project,
    update_project,
    set_project_permissions,
    transfer_ownership,
    create_user,
    update_user,
    deactivate_user,
    save_group,
    create_access_token,
    revoke_access_token,
]
SUBSCRIPTIONS = [export_created, insight_changed, dashboard_changed]


_KEPT_DOCUMENTS: Final = 256
"""Texts that are not parsed and validated again: clients send the same few over and over."""


_SCALARS: Final[dict[object, ScalarDefinition]] = {
    datetime: replace(
        DateTimeDefinition, description="A time in ISO 8601: comes in UTC, to the microsecond; is taken with any zone, but not without one."
    )
}


def _parsed() -> Parsed:
    return Parsed(maxsize=_KEPT_DOCUMENTS)


def _validated() -> ValidationCache:
    return ValidationCache(maxsize=_KEPT_DOCUMENTS)


def make_schema(*, introspection: bool = True, fast_execution: bool = True) -> Subgraph:
    """Build the schema; one a process."""
    return Subgraph(
        query=create_type("Query", QUERIES, description="Where reading starts."),
        mutation=create_type("Mutation", MUTATIONS, description="Where deeds are done: each field is a transaction of its own."),
        subscription=create_type("Subscription", SUBSCRIPTIONS, description="What can be followed: by WebSocket or as an event stream."),
        types=[*MEMBERS.values(), InsightTile, TextTile],
        extensions=[OperationContext, _parsed, OperationLimits, *([] if introspection else [DisableIntrospection]), _validated],
        execution_context_class=FastExecutor if fast_execution else None,
        config=StrawberryConfig(disable_field_suggestions=not introspection, scalar_map=_SCALARS),
        federation_version=FEDERATION_VERSION,
    )
