"""What a notebook can be turned into: one module each, registered here and nowhere else."""

from collections.abc import Callable, Mapping

from server.domain.rendering import RenderFormat
from server.render.formats import html, ipynb, markdown, script
from server.render.prepared import Prepared

FORMATS: Mapping[RenderFormat, Callable[[Prepared], bytes]] = {
    RenderFormat.HTML: html.render,
    RenderFormat.MARKDOWN: markdown.render,
    RenderFormat.SCRIPT: script.render,
    RenderFormat.IPYNB: ipynb.render,
}
