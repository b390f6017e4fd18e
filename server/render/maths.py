r"""TeX to MathML, so that maths shows without a script: browsers have drawn MathML by themselves since 2023.

Three try in turn: `math-core` (2 µs an expression; refuses 40 of the 1,853 of the corpus), `latex2mathml` (55 µs; takes whatever
it gets, passes on `\href{javascript:…}` and markup in `\text`), and else the TeX itself stands there, with a notice. What both
write is sanitised with a list of MathML's own elements; the TeX goes along in an `annotation`, for copying and for readers.
"""

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape, unescape

import nh3
from latex2mathml import converter
from math_core import LatexError, LatexToMathML

from server.render.inline_style import safe_style

_LONGEST = 4000
"""Longer ones stay TeX: both libraries recurse, and 50,000 open braces overflow the stack of a child."""

_DEEPEST = 60
"""Braces within braces; latex2mathml recurses in Python."""

_ELEMENTS_NAMES = """
    math mi mn mo ms mspace mtext menclose merror mfrac mmultiscripts mover mpadded mphantom mprescripts none mroot mrow msqrt mstyle
    msub msubsup msup mtable mtd mtr munder munderover
    """
_ELEMENTS = frozenset(_ELEMENTS_NAMES.split())
_ATTRIBUTES_NAMES = """
    accent accentunder columnalign columnlines columnspacing columnspan depth displaystyle display fence form height
    largeop linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize minsize movablelimits notation rowalign rowlines
    rowspacing rowspan rspace scriptlevel separator stretchy style symmetric voffset width
    """
_VALUE = re.compile(r"[\w .%#+-]*")

_AUTOMATIC = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather|multline|flalign)\}")
"""Environments that number their lines; numbers would begin anew in each cell."""
_EQNARRAY = re.compile(r"\\(begin|end)\{eqnarray\*?\}")
_LABEL = re.compile(r"\\(?:label\{[^{}]*\}|nonumber\b|notag\b)")
_UNKNOWN = re.compile(r"<m[a-z]+>\\[A-Za-z]")
"""latex2mathml writes a command that it does not know as a name."""

_DELIMITED = re.compile(
    r"(?<!\\)\$\$(?P<dollars>.+?)(?<!\\)\$\$"
    r"|(?<![\\$])\$(?P<dollar>[^$]+?)(?<!\\)\$"
    r"|\\\[(?P<square>.+?)\\\]"
    r"|\\\((?P<round>.+?)\\\)"
    r"|(?P<environment>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})",
    re.DOTALL,
)
_IN_LINE = frozenset({"dollar", "round"})
_TABLES = frozenset({"tabular", "table", "tabularx", "longtable", "figure", "itemize", "enumerate", "document"})
"""Environments of text, which are no maths."""


@dataclass(frozen=True, slots=True)
class Typeset:
    """Maths as safe HTML; `is_tex` where nobody could set it and the TeX stands there itself."""

    html: str
    is_tex: bool


@lru_cache(maxsize=1024)
def typeset(tex: str, *, block: bool, written: str) -> Typeset:
    """Return TeX maths as MathML; `written` is the same with its delimiters, to stand there where that fails."""
    if not tex.strip():
        return Typeset(escape(written, quote=False), is_tex=False)
    mathml = _mathml(tex, block=block) if len(tex) <= _LONGEST and _depth(tex) <= _DEEPEST else None
    if mathml is None:
        return Typeset(f'<span role="note" class="nbi-tex">{escape(written, quote=False)}</span>', is_tex=True)
    start, _, rest = mathml.partition(">")
    inner = rest.removesuffix("</math>")
    annotation = f'<annotation encoding="application/x-tex">{escape(tex.strip(), quote=False)}</annotation>'
    return Typeset(f"{start}><semantics><mrow>{inner}</mrow>{annotation}</semantics></math>", is_tex=False)


def typeset_text(text: str) -> Typeset:
    """Return a text with maths in its usual delimiters as safe HTML: what `text/latex` outputs hold."""
    parts: list[str] = []
    end, is_tex = 0, False
    for found in _DELIMITED.finditer(text):
        if found["name"] in _TABLES:
            continue
        kind = "environment" if found["name"] else str(found.lastgroup)
        set_ = typeset(found[kind], block=kind not in _IN_LINE, written=found[0])
        is_tex = is_tex or set_.is_tex
        parts += (escape(text[end : found.start()], quote=False), set_.html)
        end = found.end()
    return Typeset("".join((*parts, escape(text[end:], quote=False))), is_tex)


def _mathml(tex: str, *, block: bool) -> str | None:
    plain = _LABEL.sub("", _AUTOMATIC.sub(r"\\\1{\2*}", _EQNARRAY.sub(r"\\\1{align*}", tex))).strip()
    if not plain:
        return None
    try:
        return _sanitised(_math_core().convert_with_local_state(plain, displaystyle=block))
    except LatexError:
        pass
    try:
        made = converter.convert(plain, display="block" if block else "inline")
    except Exception:  # noqa: BLE001  it raises what it likes for TeX that it cannot read
        return None
    return None if _UNKNOWN.search(made) else _sanitised(made)


def _depth(tex: str) -> int:
    deepest = depth = 0
    for brace in re.findall(r"\\begin|\\end|\\left|\\right|[{}]", tex):
        depth += 1 if brace in {"{", "\\begin", "\\left"} else -1
        deepest = max(deepest, depth)
    return deepest


def _sanitised(mathml: str) -> str | None:
    """Return MathML of listed elements and harmless attributes alone, or None where it would not be whole."""
    cleaned = _cleaner().clean(mathml)
    return cleaned if cleaned.startswith("<math") and cleaned.endswith("</math>") and cleaned.count("<math") == 1 else None


def _attribute(_: str, name: str, value: str) -> str | None:
    if name == "style":
        return safe_style(unescape(value))
    return value if _VALUE.fullmatch(value) else None


@cache
def _math_core() -> LatexToMathML:
    return LatexToMathML(fancy_error=False)


@cache
def _cleaner() -> nh3.Cleaner:
    names = frozenset(_ATTRIBUTES_NAMES.split())
    return nh3.Cleaner(
        tags=_ELEMENTS,
        clean_content_tags=frozenset({"script", "style", "annotation", "annotation-xml"}),
        attributes=dict.fromkeys(_ELEMENTS, names),
        attribute_filter=_attribute,
        link_rel=None,
    )
