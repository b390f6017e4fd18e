"""The style sheet of a theme, built once from what nbconvert ships: JupyterLab's own, the colours of code, and a few rules of ours."""

import re
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.metadata import distribution
from pathlib import Path

from server.domain.rendering import RenderTheme
from server.render.colours import colours_css
from server.render.scripts import find_script

_LANDMARK = "nbconvert/templates/lab/static/index.css"
_NOTICE = "/* Parts: Copyright (c) Jupyter Development Team, modified BSD licence; nbinsight, Apache-2.0. */\n"
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_IMPORT = re.compile(r"@import[^;]*;", re.IGNORECASE)
_OUTSIDE = re.compile(r"url\(\s*(?!['\"]?(?:data:|#))[^)]*\)", re.IGNORECASE)
_BLANKS = re.compile(r"\s+")

_OURS = """
body.jp-Notebook { margin: 0; padding: 1rem; height: auto; overflow: visible; background: var(--jp-layout-color0);
  color: var(--jp-content-font-color1); font-family: var(--jp-content-font-family); }
main { max-width: 72rem; margin: 0 auto; }
.jp-Notebook .jp-Cell { overflow: visible; }
.jp-Collapser { display: none; }
a.anchor-link { display: none; }
.jp-InputArea, .jp-InputArea-editor { overflow: hidden; }
.jp-OutputArea-output { overflow-x: auto; }
.cm-editor.cm-s-jupyter .highlight pre { padding: var(--jp-code-padding) 4px; margin: 0; font: inherit; line-height: inherit;
  color: inherit; overflow-x: auto; }
.jp-OutputArea-output pre { line-height: inherit; font-family: inherit; }
.jp-RenderedText pre { color: var(--jp-content-font-color1); font-size: var(--jp-code-font-size); white-space: pre-wrap; }
.jp-RenderedHTMLCommon table { display: block; width: fit-content; max-width: 100%; overflow-x: auto; }
.jp-Notebook img { max-width: 100%; height: auto; }
math { font-size: 1.1em; font-family: "Cambria Math", "STIX Two Math", "Latin Modern Math", "nbinsight math", math; }
math[display="block"] { margin: 0.5em 0; overflow-x: auto; overflow-y: hidden; }
.nbi-tex { font-family: var(--jp-code-font-family); white-space: pre-wrap; }
.nbi-note, .nbi-missing, .nbi-notices { color: var(--jp-content-font-color2); font-style: italic; }
.nbi-note { border-left: 3px solid var(--jp-border-color1); padding-left: 0.6rem; }
.nbi-notices { margin: 2rem 0 0; font-size: 0.9em; }
@media print { body.jp-Notebook { padding: 0; } * { print-color-adjust: exact; } }
"""


@dataclass(frozen=True, slots=True)
class StyleSheet:
    """A style sheet under a name that changes with its content, so that it may be cached for ever.

    `content` points at nothing outside it; what is `served` under the name points at a font beside it, for readers who have none with
    which the brackets of formulas grow.
    """

    name: str
    content: bytes
    served: bytes


def style_sheet(theme: RenderTheme) -> StyleSheet:
    """Return the style sheet of a theme: `notebook-light.HASH.css`."""
    font = find_script("math")
    return _style_sheet(theme, None if font is None else font.name)


@cache
def _style_sheet(theme: RenderTheme, font: str | None) -> StyleSheet:
    word = theme.name.lower()
    static = templates_folder() / "lab" / "static"
    sheets = [(static / name).read_text(encoding="utf-8") for name in ("index.css", f"theme-{word}.css")]
    css = "\n".join((*sheets, colours_css(), _OURS))
    content = (_NOTICE + _self_contained(css)).encode()
    face = "" if font is None else f'@font-face {{ font-family: "nbinsight math"; src: url({font}) format("woff2"); }}\n'
    served = face.encode() + content
    return StyleSheet(f"notebook-{word}.{sha256(served).hexdigest()[:12]}.css", content, served)


@cache
def templates_folder() -> Path:
    """Return the folder of the installed nbconvert's templates, without importing nbconvert.

    Raises FileNotFoundError where its data files are not installed.
    """
    found = next((file for file in distribution("nbconvert").files or () if file.as_posix().endswith(_LANDMARK)), None)
    if found is None:
        raise FileNotFoundError(_LANDMARK)
    return Path(str(found.locate())).resolve().parents[2]


def _self_contained(css: str) -> str:
    """Drop comments, imports and every address that is not inside the sheet itself."""
    return _BLANKS.sub(" ", _OUTSIDE.sub("none", _IMPORT.sub("", _COMMENT.sub("", css))))
