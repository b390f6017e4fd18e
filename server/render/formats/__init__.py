"""What a notebook can be turned into: the formats of ours, one module each, and those of plug-ins.

A plug-in is a distribution with an entry point in the group `nbinsight.formats` that names a RenderFormat. Nothing that renders is
imported here: the server learns what there is, and children import what they are asked for.
"""

import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from server.domain.rendering import RenderFormat
from server.render.prepared import Prepared

GROUP = "nbinsight.formats"

_OURS = (RenderFormat.HTML, RenderFormat.MARKDOWN, RenderFormat.SCRIPT, RenderFormat.SLIDES, RenderFormat.IPYNB)
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_MEDIA_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_FUNCTION = re.compile(r"[\w.]+:\w+")
_ANYTHING = re.compile(r".+", re.DOTALL)
_SUFFIX = re.compile(r"[a-z0-9]{1,10}")

Render = Callable[[Prepared], Iterable[bytes]]


@cache
def formats() -> Mapping[str, RenderFormat]:
    """Return all formats by name. Raises ValueError for a plug-in that cannot be used."""
    found = {format_.name: format_ for format_ in _OURS}
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        format_ = _plugged_in(point)
        if format_.name in found:
            msg = f"{_whose(point)} names its format {format_.name}, as another does: rename it or uninstall one."
            raise ValueError(msg)
        found[format_.name] = format_
    return found


def render_function(format_: RenderFormat) -> Render:
    """Import and return what renders a format; in a child process only."""
    return cast("Render", pkgutil.resolve_name(format_.function))


def _plugged_in(point: EntryPoint) -> RenderFormat:
    try:
        format_ = point.load()
    except Exception as error:
        msg = f"{_whose(point)} cannot be imported: {error}. Mend or uninstall it."
        raise ValueError(msg) from error
    if not (isinstance(format_, RenderFormat) and _is_sound(format_)):
        msg = f"{_whose(point)} must be a RenderFormat with a NAME in capitals, a media/type, a plain suffix and a module:function."
        raise ValueError(msg)
    return replace(format_, version=f"{format_.version}+{'' if point.dist is None else point.dist.version}")


def _is_sound(format_: RenderFormat) -> bool:
    """Look at what a plug-in wrote, which no type checker may have seen."""
    texts: list[object] = [format_.name, format_.media_type, format_.suffix, format_.function, format_.description]
    patterns = (_NAME, _MEDIA_TYPE, _SUFFIX, _FUNCTION, _ANYTHING)
    return all(isinstance(text, str) and pattern.fullmatch(text) for text, pattern in zip(texts, patterns, strict=True))


def _whose(point: EntryPoint) -> str:
    return f"The render format `{point.name}` ({point.value}, group {GROUP})"
