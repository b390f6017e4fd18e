"""Pictures as `<img>` elements that carry their own data: none is ever fetched, and none can run a script."""

import re
from base64 import b64encode
from html import escape
from urllib.parse import unquote

from server.render.nodes import Node, is_node

SVG = "image/svg+xml"
PICTURES = (SVG, "image/png", "image/jpeg", "image/gif", "image/webp")
"""Media types shown as pictures, best first: sharp at any size, then without loss."""

ATTACHMENT = "attachment:"

_GREATEST_SIZE = 10_000
_SVG_TAG = re.compile(r"<(/?)svg\b[^<>]*>", re.IGNORECASE)
_SVG_ACTS = re.compile(r"<script\b.*?(?:</script\s*>|\Z)|\son\w+\s*=\s*(?:\"[^\"]*\"|'[^']*')", re.IGNORECASE | re.DOTALL)
_SVG_TITLE = re.compile(r"<title\b[^<>]*>([^<]+)</title", re.IGNORECASE)
_WHOLE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*\Z")
_NAMESPACE = 'xmlns="http://www.w3.org/2000/svg"'


def picture(mime_type: str, data: str, metadata: Node, default_alt: str) -> str:
    """Return an `<img>` for an output's picture: base64, or text for SVG; sizes and alternative text come from its metadata."""
    if mime_type == SVG:
        return _svg_picture(data, _alt(metadata, mime_type) or default_alt, _size(metadata, mime_type))
    address = f"data:{mime_type};base64,{''.join(data.split())}"
    return img(address, _alt(metadata, mime_type) or default_alt, _size(metadata, mime_type))


def with_pictures(html: str, default_alt: str) -> str:
    """Return HTML in which each drawing written into it (`<svg>…</svg>`) has become a picture."""
    done: list[str] = []
    depth = start = end = 0
    for tag in _SVG_TAG.finditer(html):
        if tag[1]:
            depth -= 1 if depth else 0
            if not depth and start >= end:
                done += (html[end:start], _svg_picture(html[start : tag.end()], default_alt, ""))
                end = tag.end()
        else:
            if not depth:
                start = tag.start()
            depth += 1
    return "".join((*done, html[end:])) if done else html


def attached(address: str, attachments: dict[str, dict[str, str]]) -> str | None:
    """Return the `data:` address of what `attachment:NAME` names, or None where the cell has no such picture."""
    name = address.removeprefix(ATTACHMENT)
    files = attachments.get(name) or attachments.get(unquote(name)) or {}
    kind = next((kind for kind in PICTURES if kind in files), None)
    return f"data:{kind};base64,{''.join(files[kind].split())}" if kind else None


def _svg_picture(svg: str, default_alt: str, size: str) -> str:
    drawing = _SVG_ACTS.sub("", svg)
    if "xmlns=" not in drawing:
        drawing = re.sub(r"<svg\b", f"<svg {_NAMESPACE}", drawing, count=1, flags=re.IGNORECASE)
    title = _SVG_TITLE.search(drawing)
    address = f"data:{SVG};base64,{b64encode(drawing.encode()).decode()}"
    return img(address, title[1].strip() if title else default_alt, size)


def own_picture(address: str) -> str | None:
    """Return an address that is a whole picture in itself, None for any other."""
    return address if _WHOLE.match(address) else None


def img(address: str, alt: str, size: str = "", *, title: str = "") -> str:
    """Return an `<img>` for the `data:` address of a picture; `size` is finished HTML."""
    of_title = f' title="{escape(title)}"' if title else ""
    return f'<img src="{escape(address)}" alt="{escape(alt)}"{of_title}{size}>'


def _own(metadata: Node, mime_type: str, key: str) -> object:
    """Look a key up for one media type, else for all."""
    own = metadata.get(mime_type)
    return own[key] if is_node(own) and key in own else metadata.get(key)


def _alt(metadata: Node, mime_type: str) -> str:
    alt = _own(metadata, mime_type, "alt")
    return alt.strip() if isinstance(alt, str) else ""


def _size(metadata: Node, mime_type: str) -> str:
    """Write sizes ourselves: whole numbers of pixels and nothing else."""
    sizes = ((key, _own(metadata, mime_type, key)) for key in ("width", "height"))
    return "".join(f' {key}="{int(size)}"' for key, size in sizes if isinstance(size, int | float) and 1 <= size <= _GREATEST_SIZE)
