"""Texts of operations that clients name instead of sending: persisted by them as they go, or given to the server beforehand.

| | `NBINSIGHT_TRUSTED_DOCUMENTS` is not set | it names a folder |
|---|---|---|
| a text | runs | runs if it is in the folder, to the letter |
| `extensions.persistedQuery.sha256Hash` alone | runs if the text came with it before | runs if it is the hash of a text in the folder |
| `documentId` alone | likewise, with `sha256:` before the hash or without | runs if the folder has it |
"""

import json
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol, cast

_NOT_FOUND: Final = "PersistedQueryNotFound"
"""To the letter: clients look for it, then send the text."""
_PREFIX: Final = "sha256:"
_SHARE: Final = 8
"""One person's texts have an eighth of the room, so that nobody pushes out more than that; all that are not signed in count as one."""
_AROUND_A_TEXT: Final = 256
"""What keeping one text takes beside its bytes: its hash, and its place in the order."""


class WrongDocument(Exception):
    """There is no text to run; the message says why, and `is_unknown` that the client may send the text."""

    def __init__(self, message: str, *, is_unknown: bool = False) -> None:
        """Say why."""
        super().__init__(message)
        self.message, self.is_unknown = message, is_unknown


class Documents(Protocol):
    """Where the text of a request comes from."""

    def text_of(self, entries: Mapping[str, Any]) -> object:
        """Return the text that a request sends or names, as it is: it may be no text at all. Raises WrongDocument."""
        ...

    def keep(self, entries: Mapping[str, Any], user_id: str | None) -> None:
        """Remember the text of a request that turned out to be fit to run, if it came to be remembered; tell for whom."""
        ...


class PersistedDocuments:
    """Keeps texts in memory, those used last; a name is the text's own hash, so that nobody can put one in another's place."""

    def __init__(self, most_bytes: int) -> None:
        """Take what the texts may take together."""
        self._most_bytes, self._bytes = most_bytes, 0
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._brought_by: dict[str, str | None] = {}
        self._names_of: dict[str | None, OrderedDict[str, None]] = {}
        self._bytes_of = Counter[str | None]()

    def text_of(self, entries: Mapping[str, Any]) -> object:
        """Find the text; one that comes with its hash must be that of the hash."""
        text, named = entries.get("query"), _named(entries)
        if named is None:
            return text
        if not isinstance(text, str) or not text:
            return self._kept(named)
        if hash_of(text) != named:
            message = "The hash is not that of the text: send the sha256 of its UTF-8, in hexadecimal digits."
            raise WrongDocument(message)
        return text

    def keep(self, entries: Mapping[str, Any], user_id: str | None) -> None:
        """Keep a text that came with its hash; whoever brings more than one person may drops what they brought before."""
        text, named = entries.get("query"), _named(entries)
        if named is None or not isinstance(text, str):
            return
        if user_id is not None and self._brought_by.get(named, user_id) is None:
            self._drop(named)  # a stranger's text becomes that of somebody known, which strangers do not push out
        if named not in self._texts:
            self._texts[named], self._brought_by[named] = text, user_id
            self._names_of.setdefault(user_id, OrderedDict())[named] = None
            self._bytes += _size_of(text)
            self._bytes_of[user_id] += _size_of(text)
        self._use(named)
        while self._bytes_of[user_id] > self._most_bytes // _SHARE:
            self._drop(next(iter(self._names_of[user_id])))
        while self._bytes > self._most_bytes:
            self._drop(next(iter(self._texts)))

    def _use(self, named: str) -> str:
        """Return a text, which is the last to be dropped from now on."""
        self._texts.move_to_end(named)
        self._names_of[self._brought_by[named]].move_to_end(named)
        return self._texts[named]

    def _drop(self, named: str) -> None:
        user_id, size = self._brought_by.pop(named), _size_of(self._texts.pop(named))
        self._bytes -= size
        self._bytes_of[user_id] -= size
        del self._names_of[user_id][named]
        if not self._names_of[user_id]:
            del self._names_of[user_id], self._bytes_of[user_id]

    def _kept(self, named: str) -> str:
        if named not in self._texts:
            raise WrongDocument(_NOT_FOUND, is_unknown=True)
        return self._use(named)


def _size_of(text: str) -> int:
    return len(text.encode()) + _AROUND_A_TEXT


class TrustedDocuments:
    """Knows the texts of a folder, read once; nothing else runs, introspection and `_service` included."""

    def __init__(self, folder: Path) -> None:
        """Read `*.graphql`, one document each, and manifests, `*.json`; raises ValueError for what cannot be read."""
        self._texts: dict[str, str] = {}
        if not folder.is_dir():
            msg = f"{folder} is not a folder of documents."
            raise ValueError(msg)
        for file in sorted(folder.rglob("*")):
            if file.suffix in {".graphql", ".json"} and file.is_file():
                self._texts |= dict(_documents_in(file))

    def text_of(self, entries: Mapping[str, Any]) -> object:
        """Find the text by its id, its hash or itself."""
        text, named = entries.get("query"), _named(entries)
        if isinstance(text, str) and text:
            if self._texts.get(hash_of(text)) != text or (named is not None and self._texts.get(named) != text):
                msg = "This server runs only the documents that it was given, and this is none of them."
                raise WrongDocument(msg)
            return text
        if named is None:
            return text
        if named not in self._texts:
            raise WrongDocument(_NOT_FOUND, is_unknown=True)
        return self._texts[named]

    def keep(self, entries: Mapping[str, Any], user_id: str | None) -> None:
        """Have all there will be."""


def documents_of(folder: Path | None, most_bytes: int) -> Documents:
    """Choose by the settings."""
    return PersistedDocuments(most_bytes) if folder is None else TrustedDocuments(folder)


def hash_of(text: str) -> str:
    """Return what a text is called."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _named(entries: Mapping[str, Any]) -> str | None:
    """Return the id or hash that a request names, None for none. Raises WrongDocument."""
    if entries.get("documentId") is not None:
        named: object = entries["documentId"]
    else:
        extensions: object = entries.get("extensions")
        asked: object = cast("dict[str, Any]", extensions).get("persistedQuery") if isinstance(extensions, dict) else None
        if asked is None:
            return None
        if not isinstance(asked, dict) or cast("dict[str, Any]", asked).get("version") != 1:
            msg = "`extensions.persistedQuery` must be an object with version 1 and a sha256Hash."
            raise WrongDocument(msg)
        named = cast("dict[str, Any]", asked).get("sha256Hash")
    if not isinstance(named, str) or not named:
        msg = "A persisted document is named by a text: `documentId`, or `extensions.persistedQuery.sha256Hash`."
        raise WrongDocument(msg)
    return named.removeprefix(_PREFIX)


def _documents_in(file: Path) -> Iterator[tuple[str, str]]:
    try:
        content = file.read_bytes().decode()
        entries = [("", content)] if file.suffix == ".graphql" else _manifest(json.loads(content))
    except (OSError, ValueError, KeyError, TypeError) as error:
        msg = f"{file} cannot be read as a document or a manifest of documents: {error}"
        raise ValueError(msg) from error
    for name, text in entries:
        yield hash_of(text), text
        if name:
            yield name.removeprefix(_PREFIX), text


def _manifest(content: object) -> list[tuple[str, str]]:
    """Read Apollo's manifest, or an object of texts by their ids, as Relay and graphql-codegen write."""
    if not isinstance(content, dict):
        msg = "an object is expected"
        raise TypeError(msg)
    given = cast("dict[str, Any]", content)
    if isinstance(given.get("operations"), list):
        entries = [(operation["id"], operation["body"]) for operation in given["operations"]]
    else:
        entries = list(given.items())
    if not all(isinstance(part, str) for entry in entries for part in entry):
        msg = "texts by their ids are expected"
        raise TypeError(msg)
    return entries
