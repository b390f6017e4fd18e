"""From a row to the subject that rules look at."""

from server.auth.conditions import Fact, Subject
from server.context import Context
from server.db.models import AccessTokenRow, DashboardRow, ExportRow, InsightRow, NotebookRow, ProjectRow, TileRow, UserRow
from server.db.repositories.notebooks import NotebookState
from server.domain.grants import CodeExposure, DashboardWritePolicy

Judged = ProjectRow | NotebookRow | ExportRow | InsightRow | DashboardRow | AccessTokenRow | UserRow


async def subject_of(context: Context, row: Judged, *, shown_by: TileRow | None = None) -> Subject:
    """Gather the facts about a visible row; `shown_by` is the tile through which an export is looked at."""
    facts: set[Fact | None] = set()
    match row:
        case ProjectRow():
            facts = {_policy(row)}
            return _subject(row.id, row.id, facts)
        case NotebookRow():
            facts = _of_state(await context.loaders.notebook_states.load(row.id))
        case ExportRow():
            facts = _of_state(await context.loaders.notebook_states.load(row.notebook_id))
            facts |= {
                Fact.AUTHOR_MAY_CREATE_ACTIVE_CONTENT if row.author_may_create_active_content else None,
                Fact.TILE_SHOWS_CODE if shown_by is not None and shown_by.show_code else None,
            }
        case InsightRow():
            facts = {_own(context, row.owner_id), Fact.LISTED if row.listed else None} | await _of_source(context, row)
        case DashboardRow():
            facts = {_own(context, row.owner_id), Fact.LISTED if row.listed else None, await _policy_of(context, row.project_id)}
        case AccessTokenRow():
            return _subject(None, row.id, {_own(context, row.user_id)})
        case UserRow():
            return _subject(None, row.id, {_own(context, row.id)})
    return _subject(row.project_id, row.id, facts)


def _subject(project_id: str | None, row_id: str, facts: set[Fact | None]) -> Subject:
    return Subject(project_id=project_id, facts=frozenset(fact for fact in facts if fact is not None), id=row_id)


def _own(context: Context, owner_id: str) -> Fact | None:
    return Fact.OWN if context.viewer is not None and context.viewer.user_id == owner_id else None


async def _policy_of(context: Context, project_id: str) -> Fact | None:
    project = await context.loaders.nodes.load(project_id)
    return _policy(project) if isinstance(project, ProjectRow) else None


async def _of_source(context: Context, insight: InsightRow) -> set[Fact | None]:
    """Gather what is known of an insight's notebook; a deleted one is authorized as it was, or by the project's switch."""
    state = None if insight.notebook_id is None else await context.loaders.notebook_states.load(insight.notebook_id)
    if state is not None:
        return _of_state(state) | {_policy(state.project)}
    project = await context.loaders.nodes.load(insight.project_id)
    switched = isinstance(project, ProjectRow) and project.authorizes_all_objects
    return {Fact.AUTHORIZED if insight.authorized or switched else None, await _policy_of(context, insight.project_id)}


def _policy(project: ProjectRow) -> Fact | None:
    return Fact.ANY_WRITER if project.dashboard_write_policy is DashboardWritePolicy.ANY_WRITER else None


def _of_state(state: NotebookState | None) -> set[Fact | None]:
    if state is None:
        return set()
    return {
        Fact.AUTHORIZED if state.code_exposure else None,
        Fact.PUBLISHED if state.latest_export else None,
        Fact.CODE_ALWAYS if state.code_exposure is CodeExposure.ALWAYS else None,
        Fact.CODE_IN_TILES if state.code_exposure is CodeExposure.TILES else None,
        Fact.ALLOWS_ACTIVE_CONTENT if state.project.allows_active_content else None,
    }
