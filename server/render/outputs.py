"""Chooses what is shown of an output that comes in several media types, without scripts, and says what is lost."""

from collections.abc import Callable, Mapping
from html import escape

from server.domain.rendering import RenderNoticeCode, RenderProfile
from server.render.live import PLOTLY, SCRIPTS, VEGA, VEGA_LITE, live_html
from server.render.nodes import Node
from server.render.pictures import PICTURES, SVG, picture, with_pictures
from server.render.place import Place
from server.render.sanitize import clean, is_active, is_visible
from server.render.style_element import output_style
from server.render.widgets import WIDGET_VIEW

HTML, MARKDOWN, LATEX, PLAIN, MERMAID = "text/html", "text/markdown", "text/latex", "text/plain", "text/vnd.mermaid"
DRAWING, PICTURE = SVG, "image/png"
"""Under these types all drawings and all other pictures are handed on, as finished `<img>`."""

_ORDER = (HTML, MARKDOWN, SVG, LATEX, *PICTURES[1:], MERMAID, PLAIN)
"""What is shown first, as JupyterLab's template has it."""

_LIVE: Mapping[str, str] = {
    **dict.fromkeys(SCRIPTS, "a script"),
    WIDGET_VIEW: "an interactive widget",
    PLOTLY: "an interactive Plotly chart",
    "text/vnd.plotly.v1+html": "an interactive Plotly chart",
    "application/vnd.bokehjs_exec.v0+json": "an interactive Bokeh chart",
    "application/vnd.bokehjs_load.v0+json": "a script of Bokeh",
    "application/vnd.holoviews_exec.v0+json": "an interactive HoloViews chart",
    "application/vnd.holoviews_load.v0+json": "a script of HoloViews",
    "application/vdom.v1+json": "an interactive view",
}
_LIVE_FAMILIES: Mapping[str, str] = {
    VEGA_LITE: "an interactive Vega-Lite chart",
    VEGA: "an interactive Vega chart",
}


def live_kind(mime_type: str) -> str | None:
    """Return what a media type that needs scripts is called, None for one that needs none."""
    family = (name for start, name in _LIVE_FAMILIES.items() if mime_type.startswith(start))
    return _LIVE.get(mime_type) or next(family, None)


def shown(output: Node, place: Place) -> Node:
    """Return an output of one media type, its HTML sanitised unless its scripts run; a stream or an error as it is.

    An output of which nothing can be seen becomes a sentence that says so.
    """
    data: Node = output.get("data", {})
    if output["output_type"] in {"stream", "error"}:
        return output
    if place.profile is RenderProfile.INTERACTIVE and (html := live_html(output, place)):
        return output | {"data": {HTML: html}, "metadata": {}}
    for mime_type in _ORDER:
        if isinstance(data.get(mime_type), str) and (found := _SHOW.get(mime_type, _show_picture)(mime_type, output, place)):
            kind, text = found
            _note_live(data, kind, place)
            return output | {"data": {kind: text}, "metadata": {}}
    return output | {"data": {HTML: _sentence(data, place)}, "metadata": {}}


def _show_html(_: str, output: Node, place: Place) -> tuple[str, str] | None:
    html = output["data"][HTML]
    if is_active(html):
        place.note_active()
    style = output_style(html, place.prefix)
    if not style.is_whole:
        message = "Rules of the output's own style sheet were left out; its colours and borders may differ."
        place.note(RenderNoticeCode.UNSUPPORTED_OUTPUT, message)
    alt = place.default_alt
    cleaned = clean(with_pictures(html, alt), alt=alt, prefix=place.prefix)
    if not is_visible(cleaned):
        return None
    return HTML, f"<style>\n{style.css}\n</style>\n{cleaned}" if style.css else cleaned


def _show_text(mime_type: str, output: Node, _: Place) -> tuple[str, str] | None:
    text = output["data"][mime_type]
    return (mime_type, text) if text.strip() else None


def _show_mermaid(_: str, output: Node, place: Place) -> tuple[str, str] | None:
    place.note_mermaid()
    return PLAIN, output["data"][MERMAID].strip()


def _show_picture(mime_type: str, output: Node, place: Place) -> tuple[str, str] | None:
    data = output["data"][mime_type]
    if mime_type == SVG:
        if "<svg" not in data:
            return None
        if is_active(data):
            place.note_active()
    if not data.strip():
        return None
    return DRAWING if mime_type == SVG else PICTURE, picture(mime_type, data, output["metadata"], place.default_alt)


def _note_live(data: Node, kind: str, place: Place) -> None:
    """Say so where a text or a picture stands for something live."""
    live = next((name for mime_type in data if (name := live_kind(mime_type))), None)
    if live:
        instead = {PLAIN: "its text", PICTURE: "a picture", DRAWING: "a picture"}.get(kind, "another form")
        message = f"This output is {live}; {instead} is shown, as {place.why_not}."
        place.note(RenderNoticeCode.UNSUPPORTED_OUTPUT, message)


def _sentence(data: Node, place: Place) -> str:
    """Return a visible note in place of an output of which nothing can be seen, and leave a notice."""
    live = next((name for mime_type in data if (name := live_kind(mime_type))), None)
    if live or (isinstance(data.get(HTML), str) and is_active(data[HTML])):
        message = f"This output is {live or 'a page with scripts'} and is not shown: {place.why_not}."
    elif data.keys() <= {HTML, MARKDOWN, LATEX, PLAIN}:
        return ""  # empty text is no loss
    else:
        message = f"This output has no form that can be shown here ({', '.join(sorted(data))[:200]})."
    place.note(RenderNoticeCode.UNSUPPORTED_OUTPUT, message)
    return f'<p role="note" class="nbi-note" lang="en">{escape(message)}</p>'


_SHOW: Mapping[str, Callable[[str, Node, Place], tuple[str, str] | None]] = {
    HTML: _show_html,
    MARKDOWN: _show_text,
    LATEX: _show_text,
    PLAIN: _show_text,
    MERMAID: _show_mermaid,
}
