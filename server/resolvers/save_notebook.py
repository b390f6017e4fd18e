"""Save a live notebook: new under its name, or the next state of the one that has it."""

import os
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import anyio

from server.auth.conditions import Subject
from server.auth.rules import Action
from server.context import Context
from server.db.models import NotebookRow, ProjectRow
from server.db.repositories import notebooks
from server.db.repositories.nodes import lock
from server.domain.errors import InvalidInput, InvalidNotebook, NameTaken, TooLarge
from server.domain.ids import Kind
from server.domain.names import check_name
from server.domain.notebooks import StoredNotebook
from server.resolvers import nodes
from server.resolvers.collect_garbage import hold_blob
from server.resolvers.exporting import check_revision

_CHUNK_BYTES: Final = 1024 * 1024


@runtime_checkable
class Upload(Protocol):
    """A file that came with the request."""

    async def read(self, size: int = -1) -> bytes:
        """Return the next bytes, none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class SaveNotebook:
    """Whose state to replace, and by what: exactly one of `content` and `file`, which may turn out to be no file."""

    project_key: str
    name: str
    new_name: str | None = None
    content: str | None = None
    file: object = None
    expected_revision: str | None = None


async def store_notebook(context: Context, given: SaveNotebook) -> StoredNotebook:
    """Check and keep the bytes, before any transaction begins: parsing and writing them may take seconds.

    Refuses first whoever may not save, so that nobody else fills the store.
    """
    await _authorize(context, given)
    check_name(given.name, ["input", "name"])
    if given.new_name is not None:
        check_name(given.new_name, ["input", "new_name"])
    if (given.content is None) == (given.file is None):
        msg = "Send exactly one of `content` and `file`."
        raise InvalidInput(msg, ["input", "content"])
    field = ["input", "content" if given.file is None else "file"]
    async with _on_disk(given, context.parts.settings.max_notebook_bytes, field) as path:
        try:
            summary = await context.parts.renderer.inspect(path)
        except InvalidNotebook as fault:
            raise InvalidNotebook(fault.reason, fault.cell_index, field) from fault
        digest = await context.parts.store.put_file(path)
        return StoredNotebook(digest, path.stat().st_size, summary)


async def save_notebook(context: Context, given: SaveNotebook) -> NotebookRow:
    """Point the notebook at the bytes kept before; raises NameTaken, RevisionConflict, and InvalidInput where they are gone again."""
    stored = context.prepared
    if stored is None:
        msg = "the bytes are stored before the transaction begins"
        raise RuntimeError(msg)
    project = await _authorize(context, given)
    if not await hold_blob(context.session, context.parts.store, stored.digest):
        msg = "The same bytes were being removed from the store, as nothing named them any more: send them again."
        raise InvalidInput(msg, ["input", "content" if given.file is None else "file"])
    name, new_name = check_name(given.name, ["input", "name"]), None
    if given.new_name is not None:
        new_name = check_name(given.new_name, ["input", "new_name"])
    await lock(context.session, project)
    row = await notebooks.find_notebook_by_name(context.session, project.id, name)
    if row is None:
        row = _new_row(context, project, name, stored)
        if given.expected_revision is not None:
            msg = "There is no notebook of that name yet: leave `expectedRevision` out."
            raise InvalidInput(msg, ["input", "expected_revision"])
        context.session.add(row)
    else:
        check_revision(row, given.expected_revision, ["input", "expected_revision"])
        _replace(context, row, stored)
    if new_name is not None and new_name != row.name:
        if await notebooks.find_notebook_by_name(context.session, project.id, new_name) is not None:
            msg = "Another notebook of the project has that name."
            raise NameTaken(msg, ["input", "new_name"])
        row.name = new_name
    await context.flush()
    context.subject = Subject(project.id, id=row.id)
    return row


async def _authorize(context: Context, given: SaveNotebook) -> ProjectRow:
    project = await nodes.get_project_by_key(context, given.project_key, ["input", "project_key"])
    context.authorize(Action.SAVE_NOTEBOOK, Subject(project.id, id=project.id))
    return project


@asynccontextmanager
async def _on_disk(given: SaveNotebook, limit_bytes: int, field: Sequence[str]) -> AsyncGenerator[Path]:
    """Write what was sent to a file of its own, piece by piece; raises TooLarge past the limit."""
    handle, name = tempfile.mkstemp(prefix="nbinsight-upload-", suffix=".ipynb")
    path = Path(name)
    try:
        async with await anyio.open_file(handle, "wb") as file:
            size = 0
            async for piece in _pieces(given, field):
                size += len(piece)
                if size > limit_bytes:
                    raise TooLarge(limit_bytes, field)
                await file.write(piece)
        yield path
    finally:
        os.unlink(path)  # noqa: PTH108  removing a temporary file blocks nobody


async def _pieces(given: SaveNotebook, field: Sequence[str]) -> AsyncIterator[bytes]:
    if given.content is None:
        if not isinstance(given.file, Upload):
            msg = "`file` must be a file that comes with the request: see the GraphQL multipart request specification."
            raise InvalidInput(msg, field)
        while piece := await given.file.read(_CHUNK_BYTES):
            yield piece
        return
    try:
        yield given.content.encode()
    except UnicodeEncodeError as error:
        reason = "the text holds half a character (a lone surrogate)."
        raise InvalidNotebook(reason, field=field) from error


def _new_row(context: Context, project: ProjectRow, name: str, stored: StoredNotebook) -> NotebookRow:
    kernel, now, who = stored.summary.kernel, context.now(), context.caller.user_id
    return NotebookRow(
        id=context.new_id(Kind.NOTEBOOK),
        project_id=project.id,
        name=name,
        digest=stored.digest,
        byte_size=stored.byte_size,
        cell_count=stored.summary.cell_count,
        has_outputs=stored.summary.has_outputs,
        has_active_content=stored.summary.has_active_content,
        kernel_name=kernel.name,
        kernel_display_name=kernel.display_name,
        language=kernel.language,
        file_extension=kernel.file_extension,
        created_at=now,
        created_by_id=who,
        modified_at=now,
        modified_by_id=who,
    )


def _replace(context: Context, row: NotebookRow, stored: StoredNotebook) -> None:
    summary, kernel = stored.summary, stored.summary.kernel
    row.digest, row.byte_size, row.cell_count = stored.digest, stored.byte_size, summary.cell_count
    row.has_outputs, row.has_active_content = summary.has_outputs, summary.has_active_content
    row.kernel_name, row.kernel_display_name = kernel.name, kernel.display_name
    row.language, row.file_extension = kernel.language, kernel.file_extension
    row.modified_at, row.modified_by_id = context.now(), context.caller.user_id
