"""Outputs as the profile INTERACTIVE shows them: untouched, with their scripts, for a page that runs in a sandbox."""

import re
from collections.abc import Mapping

from server.render.nodes import Node, is_node
from server.render.pictures import PICTURES, SVG, picture
from server.render.place import Place
from server.render.widgets import WIDGET_VIEW, json_in_html, model_of

PLOTLY = "application/vnd.plotly.v1+json"
VEGA_LITE, VEGA = "application/vnd.vegalite.", "application/vnd.vega."
"""How the types of these families begin; what follows is a version."""
_ENDS = re.compile(r"<(?=/script|!--)", re.IGNORECASE)
SCRIPTS = ("application/javascript", "text/javascript")


def live_html(output: Node, place: Place) -> str | None:
    """Return the HTML of an output that may act; None for one that cannot, whose static form is as good."""
    data: Node = output["data"]
    model = model_of(output)
    if model is not None and model in place.models:
        return f'<script type="{WIDGET_VIEW}">{json_in_html(data[WIDGET_VIEW])}</script>'
    drawing = _drawing(data)
    if drawing:
        kind, value = drawing
        script = f'<script type="application/json" class="nbi-live" data-kind="{kind}">{json_in_html(value)}</script>'
        return f"{_fallback(output, place)}{script}"
    code = next((data[kind] for kind in SCRIPTS if isinstance(data.get(kind), str)), None)
    if code is not None:
        return f"<div></div>\n<script>var element = document.currentScript.previousElementSibling;\n{_unbroken(code)}\n</script>"
    kinds = ("text/html",) if "text/markdown" in data else ("text/html", SVG)  # text goes before a drawing
    return next((data[kind] for kind in kinds if isinstance(data.get(kind), str) and data[kind].strip()), None)


def _drawing(data: Mapping[str, object]) -> tuple[str, Node] | None:
    """Return a chart that a script of ours draws: which script, and what of."""
    for mime_type, value in data.items():
        if is_node(value) and (mime_type == PLOTLY or mime_type.startswith((VEGA_LITE, VEGA))):
            return ("plotly" if mime_type == PLOTLY else "vega"), value
    return None


def _fallback(output: Node, place: Place) -> str:
    """Return the chart's own picture, which stands until the chart is drawn."""
    data = output["data"]
    kind = next((kind for kind in PICTURES if isinstance(data.get(kind), str)), None)
    if kind is None:
        return ""
    return f'<div class="nbi-fallback">{picture(kind, data[kind], output["metadata"], place.default_alt)}</div>'


def _unbroken(code: str) -> str:
    """Keep code from ending its element, or beginning a comment that swallows the end: in its texts, an escape says the same."""
    return _ENDS.sub(r"\\x3c", code)
