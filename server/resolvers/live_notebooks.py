"""The live document behind a notebook, for those who may read it."""

from typing import Any

import anyio.to_thread
import orjson

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import NotebookRow
from server.domain.errors import RenderFailed
from server.domain.notebooks import Kernel
from server.domain.rendering import RenderFormat, RenderOptions


def may_read_source(context: Context, notebook: NotebookRow) -> bool:
    """Tell whether the viewer may read the live document, which their rights on its project decide alone, once for all notebooks."""
    subject = Subject(notebook.project_id)
    return context.caller.once((may_read_source, subject.project_id), lambda: context.decide(Action.READ_NOTEBOOK_SOURCE, subject).allowed)


async def read_source(context: Context, notebook: NotebookRow) -> Any:  # noqa: ANN401  any JSON document
    """Return the live document as JSON; raises Forbidden, and RenderFailed for a document that is not strict JSON and cannot be mended."""
    context.authorize(Action.READ_NOTEBOOK_SOURCE, Subject(notebook.project_id, id=notebook.id))
    content = await context.parts.store.get(notebook.digest)
    if content is None:
        msg = "The stored notebook is damaged: save it again."
        raise RenderFailed(msg)
    try:
        return await anyio.to_thread.run_sync(orjson.loads, content)
    except orjson.JSONDecodeError:
        options = RenderOptions(RenderFormat.IPYNB, show_code=True, scope=notebook.project_id)
        mended = await context.parts.renderer.render(notebook.digest, options)
    try:
        return await anyio.to_thread.run_sync(orjson.loads, mended.content)
    except orjson.JSONDecodeError as error:
        msg = "The live document holds a number too large for JSON: save it without."
        raise RenderFailed(msg) from error


async def shown_kernel(context: Context, notebook: NotebookRow) -> Kernel:
    """Return the live document's kernel, or the newest export's to those who may not read the live one."""
    if may_read_source(context, notebook):
        return notebook.kernel
    state = await context.loaders.notebook_states.load(notebook.id)
    return state.latest_export.kernel if state and state.latest_export else Kernel("", None, None)


async def has_unpublished_changes(context: Context, notebook: NotebookRow) -> bool | None:
    """Tell whether the live document differs from the newest export; None to those who may not read it."""
    if not may_read_source(context, notebook):
        return None
    state = await context.loaders.notebook_states.load(notebook.id)
    return state is None or state.latest_export is None or state.latest_export.digest != notebook.digest
