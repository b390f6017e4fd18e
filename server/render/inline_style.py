"""Which `style` attributes of a notebook's own HTML are kept: what colours and spaces, nothing that moves, loads or covers."""

import re
from functools import lru_cache

_PROPERTIES_NAMES = """
    background background-color color opacity
    border border-top border-right border-bottom border-left border-color border-style border-width border-radius
    border-top-color border-right-color border-bottom-color border-left-color
    border-top-style border-right-style border-bottom-style border-left-style
    border-top-width border-right-width border-bottom-width border-left-width border-collapse border-spacing
    margin margin-top margin-right margin-bottom margin-left padding padding-top padding-right padding-bottom padding-left
    width height min-width min-height max-width max-height box-sizing
    display float clear overflow overflow-x overflow-y vertical-align text-align table-layout caption-side
    flex flex-basis flex-direction flex-flow flex-grow flex-shrink flex-wrap gap align-items align-self justify-content
    font font-family font-size font-style font-variant font-weight line-height letter-spacing
    text-decoration text-indent text-transform white-space word-break overflow-wrap word-wrap
    list-style-type
    """
_PROPERTIES = frozenset(_PROPERTIES_NAMES.split())
_FUNCTIONS = frozenset({"rgb", "rgba", "hsl", "hsla", "calc", "min", "max", "linear-gradient"})
_FUNCTION = re.compile(r"([\w-]*)\(")
_VALUE = re.compile(r"""[\w\s.,%#!/+*()'"-]+""")
"""No backslash (escapes could spell `url`), no colon (no address), no angle bracket, no at-sign."""
_LONGEST = 4000


@lru_cache(maxsize=4096)
def safe_style(style: str) -> str | None:
    """Return the declarations of a `style` attribute that may stay, or None where none may."""
    if len(style) > _LONGEST:
        return None
    kept = "; ".join(f"{name}: {value}" for name, value in map(_declaration, style.split(";")) if name)
    return kept or None


def _declaration(text: str) -> tuple[str, str]:
    name, _, value = text.partition(":")
    name, value = name.strip().lower(), value.strip()
    if name not in _PROPERTIES or not _VALUE.fullmatch(value) or value.count('"') % 2 or value.count("'") % 2:
        return "", ""
    if any(function.lower() not in _FUNCTIONS for function in _FUNCTION.findall(value)):
        return "", ""
    if name.startswith(("margin", "text-indent")) and ("-" in value or "(" in value):
        return "", ""  # a negative length, be it a computed one, draws over what comes before
    return name, value
