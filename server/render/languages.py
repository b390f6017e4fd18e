"""What is known of programming languages: which lexer colours them, how a comment begins."""

import re
from collections.abc import Iterable, Mapping

from server.render.colours import has_lexer
from server.render.nodes import Node, is_node

_DEFAULT = "python"
"""Language of a notebook that does not say: kernels of the time before `language_info` were Python's."""

_LEXERS: Mapping[str, str] = {
    "ipython": "python",
    "ipython2": "python",
    "ipython3": "python",
    "polyglot-notebook": "csharp",
    "pwsh": "powershell",
    "kql": "kusto",
    "sos": "python",
    "bash script": "bash",
    "c++11": "cpp",
    "c++14": "cpp",
    "c++17": "cpp",
    "c++20": "cpp",
    "wolfram language": "mathematica",
}
"""Names that kernels give their language, to what pygments calls it, where that differs."""

_MAGICS: Mapping[str, str] = {
    "bash": "bash",
    "cython": "cython",
    "html": "html",
    "javascript": "javascript",
    "js": "javascript",
    "julia": "julia",
    "latex": "latex",
    "markdown": "markdown",
    "perl": "perl",
    "r": "r",
    "ruby": "ruby",
    "sh": "bash",
    "sql": "sql",
    "svg": "xml",
}

_COMMENTS: Mapping[str, str] = {
    **dict.fromkeys(("scala", "java", "javascript", "typescript", "c#", "csharp", "f#", "fsharp", "go", "golang"), "//"),
    **dict.fromkeys(
        ("c", "c++", "cpp", "c++11", "c++14", "c++17", "c++20", "rust", "kotlin", "swift", "polyglot-notebook", "groovy"), "//"
    ),
    **dict.fromkeys(("sql", "haskell", "lua", "ada", "elm"), "--"),
    **dict.fromkeys(("clojure", "lisp", "common-lisp", "scheme", "racket"), ";;"),
    **dict.fromkeys(("matlab", "prolog", "erlang", "latex", "tex"), "%"),
}
_COMMENT = "#"

_SUFFIXES: Mapping[str, str] = {
    **dict.fromkeys(("python", "ipython", "ipython2", "ipython3", "sos"), "py"),
    **dict.fromkeys(("c#", "csharp"), "cs"),
    **dict.fromkeys(("f#", "fsharp"), "fs"),
    **dict.fromkeys(("c++", "cpp", "c++11", "c++14", "c++17", "c++20"), "cpp"),
    **dict.fromkeys(("go", "golang"), "go"),
    **dict.fromkeys(("bash", "sh", "bash script"), "sh"),
    **dict.fromkeys(("powershell", "pwsh"), "ps1"),
    **dict.fromkeys(("matlab", "octave"), "m"),
    **dict.fromkeys(("r", "c", "java", "scala", "groovy", "swift", "php", "sql", "lua", "sas"), ""),
    "julia": "jl",
    "kotlin": "kt",
    "rust": "rs",
    "ruby": "rb",
    "perl": "pl",
    "haskell": "hs",
    "clojure": "clj",
    "stata": "do",
    "scheme": "scm",
    "ocaml": "ml",
    "elixir": "ex",
    "erlang": "erl",
    "fortran": "f90",
    "typescript": "ts",
}
"""How files of a language end; empty where it is the language's own name."""

_PLAIN_SUFFIX = "txt"
_SANE_EXTENSION = re.compile(r"\.([a-z0-9+]{1,8})")
_OPENED_AS_PAGES = re.compile(r"[sx]?html?\d?|xht|mht|mhtml|svgz?|xml|xslt?|rdf|[cm]?jsx?|jse|wasm|swf|pdf|css")
_RUN_BY_SYSTEMS = re.compile(
    r"exe|com|scr|pif|bat|cmd|vb[se]?|ws[fhc]?|hta|lnk|msi|msc|cpl|dll|jar|reg|url|desktop|command|app|scf|inf|chm"
)
"""What a browser or a system would open and run, at a double click, without asking."""


def language_of(metadata: Node) -> str:
    """Return the notebook's language in lower case, as its metadata has it; Python where it has none."""
    info, spec = metadata.get("language_info", {}), metadata.get("kernelspec", {})
    name = info.get("name") or spec.get("language") or _DEFAULT
    return str(name).strip().lower()


def lexer_name(metadata: Node) -> str | None:
    """Return the name of a lexer for the notebook's code, or None where pygments has none for it."""
    return _first_lexer((metadata.get("language_info", {}).get("pygments_lexer"), language_of(metadata)))


def cell_lexer_name(source: str, metadata: Node) -> str | None:
    """Return the name of a lexer for one cell in another language than its notebook, told by a magic or its metadata."""
    polyglot = metadata.get("polyglot_notebook"), metadata.get("dotnet_interactive")
    named = [kernel.get("kernelName") or kernel.get("language") for kernel in polyglot if is_node(kernel)]
    if source.startswith("%%") and (words := source[2:].split(maxsplit=1)):
        named.append(_MAGICS.get(words[0].lower()))
    return _first_lexer(named)


def comment_prefix(language: str) -> str:
    """Return what begins a comment of one line in a language; `#` where that is not known."""
    return _COMMENTS.get(language, _COMMENT)


def script_suffix(file_extension: str | None, language: str | None) -> str:
    """Return how a file with a notebook's code ends, without the dot: as the notebook says if that is sane and nothing would run it."""
    given = _SANE_EXTENSION.fullmatch(file_extension.lower()) if file_extension and file_extension.isascii() else None
    if given and not _OPENED_AS_PAGES.fullmatch(given[1]) and not _RUN_BY_SYSTEMS.fullmatch(given[1]):
        return given[1]
    name = (language or "").strip().lower()
    known = _SUFFIXES.get(name)
    return _PLAIN_SUFFIX if known is None else known or name


def _first_lexer(names: Iterable[object]) -> str | None:
    for name in names:
        if isinstance(name, str) and name:
            known = _LEXERS.get(name.strip().lower(), name.strip().lower())
            if has_lexer(known):
                return known
    return None
