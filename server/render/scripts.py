"""Scripts and the style of slides, by word: what documents that may run scripts load from our server, or carry inside them.

The bundle in `server/_interactive` is made by hatch_build.py: `manifest.json` says which file each word stands for. A name holds a
hash of its content, so a file is read once; the manifest is read again when it changes, for a bundle may be built while the server runs.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

BUNDLE: Final = Path(__file__).resolve().parent.parent / "_interactive"
"""Where hatch_build.py puts the bundle."""

_MEDIA_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".woff2": "font/woff2"}
_KEPT_FILES: Final = 16  # more than there are words; the largest is 5 MB


@dataclass(frozen=True, slots=True)
class Script:
    """A file under a name that changes with its content. Between `<script>` and `</script>` it stays what it is: the build sees to that."""

    name: str
    content: bytes
    media_type: str

    @property
    def hash_source(self) -> str:
        """Say what a Content-Security-Policy names to allow the content inside a document, nothing added to it: `'sha256-…'`."""
        return _hash_source(self.content)


def find_script(word: str, *, bundle: Path = BUNDLE) -> Script | None:
    """Return what a word of the manifest stands for (plotly, draw, reveal-style and so on); None if that was not built."""
    name = _read_words(bundle).get(word)
    return None if name is None else _read_script(bundle, name)


def script_names(*, bundle: Path = BUNDLE) -> frozenset[str]:
    """Return the names of all files of the bundle; none if it was not built."""
    return frozenset(_read_words(bundle).values())


def _read_words(bundle: Path) -> Mapping[str, str]:
    manifest = bundle / "manifest.json"
    try:
        return _parse_words(manifest, manifest.stat().st_mtime_ns)
    except (OSError, ValueError):
        return {}


@lru_cache(maxsize=2)
def _parse_words(manifest: Path, changed_at_ns: int) -> Mapping[str, str]:  # noqa: ARG001  a part of the key
    words: Mapping[str, str] = json.loads(manifest.read_bytes())["words"]
    return words


@lru_cache(maxsize=_KEPT_FILES)
def _read_script(bundle: Path, name: str) -> Script | None:
    return Script(name, (bundle / name).read_bytes(), _MEDIA_TYPES[PurePosixPath(name).suffix])


@lru_cache(maxsize=_KEPT_FILES)
def _hash_source(content: bytes) -> str:
    return f"'sha256-{base64.b64encode(sha256(content).digest()).decode()}'"
