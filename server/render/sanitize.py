"""HTML of notebooks to HTML that cannot act: nothing runs, nothing loads, nothing leaves its place.

| kept | only |
|---|---|
| elements, attributes | those listed here; all else goes, scripts and styles with their content |
| images | `data:`; another one leaves its alternative text |
| links | http, https, mailto, and to a place in the same notebook; outside ones open elsewhere and tell nothing |
| ids | with a prefix, so that a notebook cannot pass for a part of the page around it, nor for another notebook on it |
| classes | those that colour code and tables; a page's own (`jp-…`) only in what our templates wrote |

The notebook's own HTML goes through piece by piece, so that no piece can close what it did not open; then, with these pieces held
back, what our template wrote around them.
"""

import re
from functools import cache, partial
from html import escape, unescape

import nh3
from pygments.token import STANDARD_TYPES

from server.render.inline_style import safe_style
from server.render.rows import clean_in_pieces

ID_PREFIX = "nb-"
"""What each id inside a notebook begins with."""

NOTEBOOK = "\x1d"
"""Stands in ids for the notebook's own part of the prefix, until all its cells are known; nobody sees it, should a notebook hold it."""

SLOTTED_PREFIX = f"{ID_PREFIX}{NOTEBOOK}-"

_TAGS_NAMES = """
    a abbr address article aside b bdi bdo big blockquote br caption center cite code col colgroup data dd del details dfn div dl dt em
    figcaption figure font footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li mark nav ol p pre q rp rt ruby s samp section
    small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr
    """
_TAGS = frozenset(_TAGS_NAMES.split())
_DROPPED_WITH_CONTENT_NAMES = """
    script style svg math iframe frame frameset noframes noembed object embed applet template noscript title head textarea select option
    video audio canvas xmp plaintext
    """
_DROPPED_WITH_CONTENT = frozenset(_DROPPED_WITH_CONTENT_NAMES.split())
_ANYWHERE = frozenset({"id", "class", "style", "title", "lang", "dir", "align", "aria-label", "aria-hidden"})
_CELL = frozenset({"colspan", "rowspan", "headers", "valign", "width", "height", "bgcolor"})
_ATTRIBUTES = {
    "*": _ANYWHERE,
    "a": frozenset({"href", "name"}),
    "img": frozenset({"src", "alt", "width", "height"}),
    "td": _CELL,
    "th": _CELL | {"scope", "abbr"},
    "table": frozenset({"border", "cellpadding", "cellspacing", "width"}),
    "col": frozenset({"span", "width"}),
    "colgroup": frozenset({"span", "width"}),
    "ol": frozenset({"start", "type", "reversed"}),
    "li": frozenset({"value"}),
    "font": frozenset({"color", "size"}),
    "details": frozenset({"open"}),
    "time": frozenset({"datetime"}),
}
_OURS = {**_ATTRIBUTES, "*": _ANYWHERE | {"role", "data-mime-type", "data-type", "tabindex"}}
_SCHEMES = frozenset({"http", "https", "mailto", "data"})

_LINK = re.compile(r"https?://|mailto:", re.IGNORECASE)
_IMAGE = re.compile(r"data:image/(?:png|jpe?g|gif|webp|svg\+xml)[;,]", re.IGNORECASE)
_PLAIN_VALUE = re.compile(r"[\w .%#-]*")
_CLASSES = r"dataframe|highlight|anchor-link|task-list-item|ansi-[a-z-]+|hl-[\w.+#-]+"
_STYLED_TABLE = r"(?:row|col|level)\d+|(?:row|col)_heading|index_name"
_COLOURED_CODE = "|".join(sorted(name for name in STANDARD_TYPES.values() if name))
"""Pygments' own, all of them short, and no other short ones: pages call their parts `nav`, `btn`, `top`."""

_CLASS = re.compile(f"{_CLASSES}|{_STYLED_TABLE}|{_COLOURED_CODE}")
_OUR_CLASS = re.compile(r"(?:jp|cm|celltag|nbi)[-_].*")
_TEXT = re.compile(r"(?:\A|>)([^<>]+)")
_LINK_OR_IMAGE = re.compile(r"""<(?:a|img)\b(?:[^">]++|"[^"]*+")*+>""")
"""nh3 escapes `<` and `>` in text and in values, so this finds tags and nothing else."""
_ALT = re.compile(r' alt="([^"]*)"')
_ACTIVE = re.compile(
    r"<(?:script|iframe|frame|object|embed|applet|form|input|button|select|textarea|meta|base|link|video|audio|canvas)[\s/>]"
    r"|<[a-z][^<>]*?[\s/\"']on[a-z]++\s*+="
    r"|=\s*+[\"']?\s*+(?:javascript|vbscript)\s*+:",
    re.IGNORECASE,
)


def clean(html: str, *, alt: str = "", prefix: str = ID_PREFIX) -> str:
    """Return a notebook's own HTML without anything active; each element that it opens is closed, and no other.

    Images without an alternative text get `alt`, ids begin with `prefix`.
    """
    return _mended(clean_in_pieces(html, _cleaner(prefix, ours=False).clean), alt)


def clean_page(html: str, *, prefix: str = ID_PREFIX) -> str:
    """Return a cell as our template wrote it without anything active; page classes and roles stay."""
    return _mended(_cleaner(prefix, ours=True).clean(html))


def is_active(html: str) -> bool:
    """Whether HTML holds something that would have run or loaded: scripts, frames, forms, handlers."""
    return _ACTIVE.search(html) is not None


def is_visible(html: str) -> bool:
    """Whether sanitised HTML shows anything."""
    return "<img " in html or "<hr" in html or any(text[1].replace("&nbsp;", " ").strip() for text in _TEXT.finditer(html))


def _attribute(prefix: str, ours: bool, tag: str, attribute: str, value: str) -> str | None:  # noqa: FBT001  partial binds the first two
    """Return the value that an attribute may keep, or None where it must go."""
    match attribute:
        case "class":
            return _classes(value, ours=ours)
        case "style":
            return safe_style(value)
        case "href":
            return _address(value, prefix)
        case "src":
            return "".join(value.split()) if tag == "img" and _IMAGE.match(value.strip()) else None
        case "id" | "name":
            return _prefixed(value, prefix)
        case "headers":
            return " ".join(_prefixed(word, prefix) for word in value.split())
        case "title" | "alt" | "aria-label" | "abbr" | "data-mime-type":
            return value
        case _:
            return value if _PLAIN_VALUE.fullmatch(value) else None


def _prefixed(name: str, prefix: str) -> str:
    return name if name.startswith(prefix) else prefix + name


def _classes(value: str, *, ours: bool) -> str | None:
    return " ".join(name for name in value.split() if _CLASS.fullmatch(name) or (ours and _OUR_CLASS.fullmatch(name))) or None


def _address(value: str, prefix: str) -> str | None:
    address = value.strip()
    if address.startswith("#"):
        return f"#{_prefixed(address[1:], prefix)}"
    return address if _LINK.match(address) else None


def _mended(html: str, alt: str = "") -> str:
    """Add what depends on two attributes at once; safe on nh3's output alone, which quotes every value and escapes `<` in text."""
    return _LINK_OR_IMAGE.sub(lambda tag: _mended_tag(tag[0], alt), html)


def _mended_tag(tag: str, default_alt: str) -> str:
    if tag.startswith("<a ") and ' href="' in tag and ' href="#' not in tag:
        return f'{tag[:-1]} target="_blank" rel="noopener noreferrer">'
    if tag.startswith("<img"):
        alt = _ALT.search(tag)
        if ' src="' not in tag:
            return _missing_image(unescape(alt[1]) if alt else "")
        return tag if alt else f'{tag[:-1]} alt="{escape(default_alt)}">'
    return tag


def _missing_image(alt: str) -> str:
    return f'<span class="nbi-missing">[{escape(alt.strip(), quote=False) or "image not shown"}]</span>'


@cache
def _cleaner(prefix: str, *, ours: bool) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        clean_content_tags=_DROPPED_WITH_CONTENT,
        attributes=_OURS if ours else _ATTRIBUTES,
        attribute_filter=partial(_attribute, prefix, ours),
        link_rel=None,
        url_schemes=_SCHEMES,
    )
