"""What a notebook's code is called as a file: `.py`, `.R`, `.jl`, told by what the notebook says of itself.

A name's end decides what a desktop does with a file, and a notebook may say anything. So what it says counts only where it is the
extension of a language in this table; `.html` or `.exe` are none.
"""

from collections.abc import Mapping
from typing import Final

_UNKNOWN: Final = "txt"

_EXTENSIONS: Final[Mapping[str, str]] = {
    "ada": "adb",
    "apl": "apl",
    "bash": "sh",
    "c": "c",
    "c#": "cs",
    "c++": "cpp",
    "clojure": "clj",
    "coffeescript": "coffee",
    "common-lisp": "lisp",
    "cpp": "cpp",
    "crystal": "cr",
    "csharp": "cs",
    "dart": "dart",
    "elixir": "ex",
    "elm": "elm",
    "erlang": "erl",
    "f#": "fs",
    "forth": "fth",
    "fortran": "f90",
    "fsharp": "fs",
    "gap": "g",
    "gnuplot": "gp",
    "go": "go",
    "groovy": "groovy",
    "haskell": "hs",
    "idl": "pro",
    "ipython": "py",
    "j": "ijs",
    "java": "java",
    "javascript": "js",
    "julia": "jl",
    "kotlin": "kt",
    "latex": "tex",
    "lua": "lua",
    "mathematica": "wl",
    "matlab": "m",
    "maxima": "mac",
    "nim": "nim",
    "ocaml": "ml",
    "octave": "m",
    "perl": "pl",
    "php": "php",
    "powershell": "ps1",
    "prolog": "pl",
    "python": "py",
    "python3": "py",
    "q": "q",
    "r": "r",
    "racket": "rkt",
    "raku": "raku",
    "ruby": "rb",
    "rust": "rs",
    "sas": "sas",
    "scala": "scala",
    "scheme": "scm",
    "scilab": "sce",
    "sql": "sql",
    "stata": "do",
    "swift": "swift",
    "tcl": "tcl",
    "typescript": "ts",
    "wolfram language": "wl",
    "zig": "zig",
}
"""By what kernels call their language, in lower case."""

_OTHERS: Final = frozenset({"cc", "cxx", "f", "f03", "f95", "fsx", "ksh", "lsp", "p6", "sage", "sc", "sci", "sos", "ss", "zsh"})
"""What kernels of these languages and their kin write as well."""

_KNOWN: Final = _OTHERS.union(_EXTENSIONS.values())


def source_suffix(file_extension: str | None, language: str | None) -> str:
    """Return the end of a source file's name, without its dot: as the notebook says, else as its language has it, else `txt`."""
    said = (file_extension or "").lower().removeprefix(".")
    if said in _KNOWN:
        return said
    words = (language or "").lower().split()
    return _EXTENSIONS.get(" ".join(words)) or _EXTENSIONS.get(words[0].rstrip("0123456789.") if words else "", _UNKNOWN)
