"""Jupyter widgets: which models a notebook still shows, and their state for the page that draws them."""

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from server.domain.rendering import RenderProfile
from server.render.nodes import Node, is_lines, is_list, is_node
from server.render.prepared import Prepared
from server.render.repair import WIDGET_STATE

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

_REFERENCE = "IPY_MODEL_"
_SCRIPTS = ("javascript", "ecmascript", "jscript", "livescript", "typescript", "coffeescript")
_EDITORS = "application/vnd.code."
"""Outputs that are code themselves, as that of a `%%javascript` cell is its source, or an editor's record of an error with its frames."""

_OUTPUTS_WITHOUT_CODE = frozenset({"display_data", "execute_result"})


def is_code(mime_type: str) -> bool:
    """Whether data of a media type is code or quotes it, in whatever spelling."""
    kind = media_type(mime_type)
    return kind.partition("/")[2].removeprefix("x-").startswith(_SCRIPTS) or kind.startswith(_EDITORS)


def media_type(name: str) -> str:
    """Return a media type in small letters, without its parameters."""
    return name.partition(";")[0].strip().casefold()


def model_of(output: Node) -> str | None:
    """Return the id of the model that an output shows."""
    view = output.get("data", {}).get(WIDGET_VIEW)
    model = view.get("model_id") if is_node(view) else None
    return model if isinstance(model, str) else None


def models_in(notebook: Node) -> Node:
    """Return the models whose state was saved, by id."""
    widgets = notebook["metadata"].get("widgets")
    models: Node = widgets[WIDGET_STATE]["state"] if widgets else {}
    return models


def keep_shown_models(notebook: Node, without_code: Callable[[list[Node]], object] | None) -> None:
    """Drop the models that no output shows, be it through others: the output that showed them may be hidden.

    Where code is hidden, what widgets captured of errors, warnings and scripts goes too, and the rest goes through `without_code`.
    """
    models = models_in(notebook)
    if not models:
        return
    shown = _reachable(models, _shown_models(notebook["cells"]))
    kept = {
        model: models[model] if without_code is None else _without_code(models[model], without_code) for model in models if model in shown
    }
    notebook["metadata"]["widgets"] = {WIDGET_STATE: {"version_major": 2, "version_minor": 0, "state": kept}}


def state_script(prepared: Prepared) -> bytes:
    """Return the element from which a page's widgets take their state; empty where no widget runs."""
    models = models_in(prepared.notebook)
    if prepared.profile is RenderProfile.STATIC or not models:
        return b""
    state = {"version_major": 2, "version_minor": 0, "state": models}
    return f'<script type="{WIDGET_STATE}">{json_in_html(state)}</script>\n'.encode()


def json_in_html(value: object) -> str:
    """Return JSON that no HTML parser finds the end of a script in."""
    return json.dumps(value).replace("<", "\\u003c")


def _shown_models(cells: Iterable[Node | None]) -> Iterator[str]:
    for cell in cells:
        for output in () if cell is None else cell.get("outputs", ()):
            model = model_of(output)
            if model is not None:
                yield model


def _reachable(models: Node, start: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = [model for model in start if model in models]
    while waiting:
        model = waiting.pop()
        if model not in found:
            found.add(model)
            waiting += [name for name in _references(models[model]) if name in models]
    return found


def _references(value: object) -> Iterator[str]:
    """Yield the ids of the models that a value names, at any depth."""
    waiting: list[Any] = [value]
    while waiting:
        part = waiting.pop()
        if is_node(part):
            waiting += part.values()
        elif is_list(part):
            waiting += part
        elif isinstance(part, str) and part.startswith(_REFERENCE):
            yield part.removeprefix(_REFERENCE)


def _without_code(model: object, clean: Callable[[list[Node]], object]) -> object:
    """Return a model without captured errors, warnings and scripts, in which code is quoted."""
    state = model.get("state") if is_node(model) else None
    if not (is_node(model) and is_node(state) and is_list(state.get("outputs"))):
        return model
    kept = [_sound(output) for output in state["outputs"] if is_node(output) and _is_without_code(output)]
    clean(kept)
    return model | {"state": state | {"outputs": kept}}


def _sound(output: Node) -> Node:
    """Return a captured output whose texts are texts, and no lists of lines."""
    if output["output_type"] == "stream":
        return output | {"text": _joined(output.get("text")) or ""}
    return output | {"data": {kind: _joined(data) or data for kind, data in output.get("data", {}).items()}}


def _joined(text: object) -> str | None:
    if is_lines(text):
        return "".join(text)
    return text if isinstance(text, str) else None


def _is_without_code(output: Node) -> bool:
    data = output.get("data", {})
    if output.get("output_type") in _OUTPUTS_WITHOUT_CODE:
        return is_node(data) and not any(map(is_code, data))
    return output.get("output_type") == "stream" and output.get("name") == "stdout"
