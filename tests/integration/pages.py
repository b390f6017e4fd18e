"""What a page of the docs does: its GraphQL blocks, who asks for each, and what the page says of the answer.

A page is read from top to bottom, as somebody would try it:

| in the page | what it means |
|---|---|
| “as `dora`”, “by `dora`” in the paragraph above a block | who asks: somebody of the demo, named so once |
| a json block right below a block | the answer, all of it; `…` in a text stands for any text, number or time |
| `<!-- keep: insight = publishNotebook.insight.id, … -->` right above a block | `$insight` of the blocks below is that part of the answer |
| `<!-- refused: CONFLICT -->` right above a block | the answer is a refusal with that code, at top level or in a payload's `errors` |

A comment may hold both, with `;` between them. What is not refused has no error, and is null only where the page shows the answer.
Mutations select `errors`, with `code` where the page says that it is refused. `locations` of errors are left out.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from graphql import OperationDefinitionNode, OperationType, parse

from server.demo.people import EVERYBODY

Ask = Callable[[str, str, dict[str, Any]], dict[str, Any]]
"""Sends an operation: login, text, variables; returns the whole answer."""

_FENCE: Final = re.compile(r"^[ \t>]*(?:`{3,}|~{3,})[ \t]*(graphql|gql|json)", re.MULTILINE | re.IGNORECASE)
_BLOCK: Final = re.compile(r"^```graphql\n(?P<operation>.*?)^```$(?:\n+```json\n(?P<answer>.*?)^```$)?", re.MULTILINE | re.DOTALL)
_NOTES: Final = re.compile(r"<!--((?:(?!-->).)*)-->\Z", re.DOTALL)
_HEADING: Final = re.compile(r"^#+ (.+)$", re.MULTILINE)
_LOGIN: Final = re.compile(rf"\b(?:[Aa]s|by)\s+`({'|'.join(person.login for person in EVERYBODY)})`")


class PageError(Exception):
    """A page says what is not so, or has a block that cannot be run; the message names the line."""


@dataclass(frozen=True, slots=True)
class Step:
    """A block, and what the page says of it; `keeps` are paths into the answer's data by the names of variables."""

    line: int
    heading: str
    about: str
    login: str
    operation: str
    keeps: dict[str, str]
    refused: str | None
    answer: Any | None


def has_blocks(text: str) -> bool:
    """Say whether a page has anything to run, however it is fenced."""
    return any(language.lower() != "json" for language in _FENCE.findall(text))


def read_steps(text: str) -> list[Step]:
    """Return all blocks of a page in order; raises PageError for one that would not be run or compared."""
    steps = [_read_step(text, found) for found in _BLOCK.finditer(text)]
    ours = {offset for found in _BLOCK.finditer(text) for offset in (found.start(), found.start("answer") - len("```json\n"))}
    for fence in _FENCE.finditer(text):
        if fence.start() not in ours:
            msg = f"Line {_line(text, fence.start())}: this {fence[1]} block is neither run nor compared."
            raise PageError(msg)
    return steps


def _read_step(text: str, found: re.Match[str]) -> Step:
    line, above = _line(text, found.start()), text[: found.start()].rstrip()
    notes: dict[str, str] = {}
    if comment := _NOTES.search(above):
        above = above[: comment.start()].rstrip()
        notes = {key: value for key, _, value in (_split(note, ":") for note in comment[1].split(";"))}
    about = re.split(r"\n\n|```\n", above)[-1]
    logins = _LOGIN.findall(about)
    if len(logins) != 1:
        msg = f"Line {line}: the paragraph above the block says of {len(logins)} people that they ask. Write: As `dora`."
        raise PageError(msg)
    if unknown := set(notes) - {"keep", "refused"}:
        msg = f"Line {line}: a comment says {', '.join(sorted(unknown))}, which means nothing."
        raise PageError(msg)
    keeps = {name: path for name, _, path in (_split(kept, "=") for kept in notes.get("keep", "").split(",") if kept.strip())}
    answer = None if found["answer"] is None else json.loads(found["answer"])
    heading = _HEADING.findall(above)[-1]
    return Step(line, heading, about, logins[0], found["operation"], keeps, notes.get("refused"), answer)


def run_page(text: str, ask: Ask) -> int:
    """Run all blocks of a page and return how many; raises PageError for the first that does not do what the page says."""
    kept: dict[str, Any] = {}
    steps = read_steps(text)
    for step in steps:
        [operation] = [node for node in parse(step.operation).definitions if isinstance(node, OperationDefinitionNode)]
        names = [node.variable.name.value for node in operation.variable_definitions or ()]
        if missing := [name for name in names if name not in kept]:
            msg = f"Line {step.line}: no block above keeps ${', $'.join(missing)}."
            raise PageError(msg)
        answer = ask(step.login, step.operation, {name: kept[name] for name in names})
        for error in answer.get("errors", []):
            error.pop("locations", None)
        if fault := _fault(step, operation.operation, answer):
            msg = f"Line {step.line}, as {step.login}: {fault}\n{json.dumps(answer, indent=2, ensure_ascii=False)}"
            raise PageError(msg)
        kept |= {name: _dig(answer["data"], path) for name, path in step.keeps.items()}
    return len(steps)


def _fault(step: Step, kind: OperationType, answer: dict[str, Any]) -> str | None:
    """Say what an answer has that the page does not say, if anything."""
    data = answer.get("data") or {}
    payloads = [payload for payload in data.values() if payload] if kind is OperationType.MUTATION else []
    if any("errors" not in payload for payload in payloads):
        return "the mutation does not select errors, so nobody would know that it did nothing"
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    codes += [error.get("code", "an error") for payload in payloads for error in payload["errors"]]
    if codes != ([step.refused] if step.refused else []):
        return f"{step.refused or 'no refusal'} was expected"
    if step.answer is None:
        return "it gives null and the page does not show it" if not step.refused and None in data.values() else None
    return None if matches(step.answer, answer) else "the page shows another answer"


def matches(shown: object, got: object) -> bool:
    """Say whether an answer is the one that a page shows, which may write `…` for what differs each time."""
    match shown, got:
        case dict(), dict():
            return shown.keys() == got.keys() and all(matches(shown[key], got[key]) for key in shown)
        case list(), list():
            return len(shown) == len(got) and all(map(matches, shown, got))
        case str(), str() | int() | float() if "…" in shown:
            return re.fullmatch(".+".join(map(re.escape, shown.split("…"))), str(got), re.DOTALL) is not None
        case _:
            return type(shown) is type(got) and shown == got


def _dig(data: Any, path: str) -> Any:  # noqa: ANN401  JSON
    for key in path.split("."):
        data = data[int(key) if key.isdigit() else key]
    return data


def _split(text: str, by: str) -> tuple[str, str, str]:
    left, middle, right = text.partition(by)
    return left.strip(), middle, right.strip()


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
