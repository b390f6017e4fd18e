"""Saving and publishing one notebook file through the API: what `nbinsight publish` does for each path."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urljoin

from pydantic import ValidationError

from server.cli.client.client import Client
from server.cli.client.find_insights import FindInsightsProjectInsightsNodes
from server.cli.client.input_types import PinTargetInput, PublishNotebookInput
from server.cli.client.publish import PublishPublishNotebook
from server.cli.client.save import SaveSaveNotebookNotebook
from server.cli.git_state import label_of
from server.cli.transport import NotebookFile, OperationFailed

_NOTHING_BACK: Final = "The server's answer is not what was asked for: is it as new as this nbinsight?"


class Outcome(StrEnum):
    """What became of a file."""

    PUBLISHED = "PUBLISHED"
    UNCHANGED = "UNCHANGED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Report:
    """One file's outcome, as `--json` prints it."""

    path: str
    name: str
    outcome: Outcome
    insight: str | None = None
    url: str | None = None
    sequence: int | None = None
    label: str | None = None
    warnings: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What all files of a run have in common."""

    project: str
    dashboard: str | None
    if_changed: bool


def publish_file(client: Client, path: Path, wanted: Wanted, *, idempotency_key: str) -> Report:
    """Save a file under its stem's name and publish it; failures of the file or the server are in the report."""
    try:
        return _publish(client, path, wanted, idempotency_key)
    except OperationFailed as failure:
        return Report(str(path), path.stem, Outcome.FAILED, errors=failure.messages)
    except ValidationError:  # the types of another release
        return Report(str(path), path.stem, Outcome.FAILED, errors=(_NOTHING_BACK,))
    except OSError as error:
        return Report(str(path), path.stem, Outcome.FAILED, errors=(f"The file cannot be read: {error.strerror or error}.",))


def _publish(client: Client, path: Path, wanted: Wanted, key: str) -> Report:
    label = label_of(path)  # before it is read: what changes in between is called modified at the next run
    saved = _save(client, path, wanted.project)
    if wanted.if_changed and saved.has_unpublished_changes is False:
        return Report(str(path), path.stem, Outcome.UNCHANGED)
    insight = _find_insight(client, wanted.project, saved.id, path.stem)
    given = PublishNotebookInput(notebookId=saved.id, expectedRevision=saved.revision, idempotencyKey=key, label=label)
    if insight is None:
        given.insight_name = path.stem
    else:
        given.insight_id = insight.id
    shown_on = [] if insight is None else [dashboard.id for dashboard in insight.dashboards]
    if wanted.dashboard is not None and wanted.dashboard not in shown_on:
        given.targets = [PinTargetInput(dashboardId=wanted.dashboard)]
    payload = client.publish(given).publish_notebook
    if payload is None:
        raise OperationFailed(_NOTHING_BACK)
    if payload.errors:
        raise OperationFailed(*(client.clean(error.message) for error in payload.errors))
    return _report(client, path, payload)


def _save(client: Client, path: Path, project: str) -> SaveSaveNotebookNotebook:
    payload = client.save(project, path.stem, NotebookFile(path)).save_notebook
    if payload is not None and payload.errors:
        raise OperationFailed(*(client.clean(error.message) for error in payload.errors))
    if payload is None or payload.notebook is None:
        raise OperationFailed(_NOTHING_BACK)
    return payload.notebook


def _find_insight(client: Client, project: str, notebook_id: str, name: str) -> FindInsightsProjectInsightsNodes | None:
    """Find the notebook's insight that bears its name and may be published into, so that each run renews one and adds none."""
    after: str | None = None
    while True:
        found = client.find_insights(project, notebook_id, name, after).project
        if found is None:
            return None
        for insight in found.insights.nodes:
            if insight.name == name and insight.viewer_can.select_export:
                return insight
        if not found.insights.page_info.has_next_page:
            return None
        after = found.insights.page_info.end_cursor


def _report(client: Client, path: Path, payload: PublishPublishNotebook) -> Report:
    insight, export = payload.insight, payload.export
    shown = None if insight is None else insight.displayed_export
    rendering = None if shown is None else shown.rendering
    if insight is None or export is None or rendering is None:
        msg = "It was published, and what was published has been deleted since."
        raise OperationFailed(msg)
    return Report(
        str(path),
        path.stem,
        Outcome.PUBLISHED,
        insight=client.clean(insight.name),
        url=client.clean(urljoin(client.url, rendering.url)),
        sequence=export.sequence,
        label=export.label,
        warnings=tuple(client.clean(warning.message) for warning in payload.warnings),
    )
