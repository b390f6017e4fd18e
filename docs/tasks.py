"""The pages on tasks as GraphiQL shows them: what `generate.py` writes to graphiql/examples/tasks.json.

Order, names and what they are good for come from the table in README.md, everything else from the pages, as the tests read and run them.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

from graphql import FieldNode, OperationDefinitionNode, parse

from tests.integration.pages import Step, read_steps

DOCS: Final = Path(__file__).parent
ROW: Final = re.compile(r"^\| (?P<about>[^|]+) \| \[(?P<title>[^\]]+)\]\((?P<page>how-to/(?P<slug>[\w-]+)\.md)\) \|$", re.MULTILINE)
LINK: Final = re.compile(r"\[([^\]]+)\]\([^)]+\)")


def tasks_file() -> str:
    """Return all tasks that have something to run, as JSON."""
    rows = ROW.finditer((DOCS / "README.md").read_text(encoding="utf-8"))
    tasks = [_task(row["title"], row["about"], row["slug"], row["page"]) for row in rows]
    return json.dumps([task for task in tasks if task["steps"]], indent=2, ensure_ascii=False) + "\n"


def _task(title: str, about: str, slug: str, page: str) -> dict[str, Any]:
    steps = read_steps((DOCS / page).read_text(encoding="utf-8"))
    return {
        "slug": slug,
        "title": title,
        "about": f"{about[0].upper()}{about[1:]}.",
        "page": f"docs/{page}",
        "steps": [_step(step) for step in steps],
    }


def _step(step: Step) -> dict[str, Any]:
    """Return a step: its text as the page has it, below the words that the page has above it."""
    [operation] = [node for node in parse(step.operation).definitions if isinstance(node, OperationDefinitionNode)]
    kind = operation.operation.value
    return {
        "heading": step.heading,
        "label": _label(operation),
        "kind": kind,
        "login": step.login,
        "refused": None if kind == "subscription" else step.refused,  # only without a socket, and GraphiQL has one
        "about": LINK.sub(r"\1", " ".join(step.about.split())),
        "query": step.operation.strip(),
        "variables": [node.variable.name.value for node in operation.variable_definitions or ()],
        "keeps": step.keeps,
    }


def _label(operation: OperationDefinitionNode) -> str:
    """Return the operation's name, or that of its first field."""
    if operation.name is not None:
        return operation.name.value
    [first, *_] = [node for node in operation.selection_set.selections if isinstance(node, FieldNode)]
    return first.name.value
