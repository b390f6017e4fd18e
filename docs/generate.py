"""Writes `docs/reference/` from the code, and GraphiQL's tasks from `docs/how-to/`; with `--check` it says what lags instead."""

import sys
from pathlib import Path
from typing import Final

from pydantic_core import PydanticUndefined

from server.auth.rules import RULES
from server.config import SECRETS, Settings
from server.domain.errors import DomainError
from server.domain.grants import IMPLIES, ProjectPermission

ROOT: Final = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the tests know how to read a page, and are not installed

from docs.tasks import tasks_file  # noqa: E402


def settings_page() -> str:
    """Return the table of settings, from the fields of Settings."""
    lines = [
        "# Settings",
        "",
        "From the environment, each also as an option of `nbinsight serve` (`--data-dir`, `--port`, …).",
        "Those marked * may be read from a file: `NBINSIGHT_SECRET_KEY_FILE=/run/secrets/key`.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", PydanticUndefined) else f"`{field.default}`"
        lines.append(f"| `NBINSIGHT_{name.upper()}`{'*' if name in SECRETS else ''} | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def permissions_page() -> str:
    """Return what each permission implies and each action requires, from the rule table."""
    lines = [
        "# Permissions",
        "",
        "They only add up: there are no deny rules, and a member of several groups holds what all of them hold.",
        "",
    ]
    lines += ["## What project permissions imply", "", "| permission | brings with it |", "|---|---|"]
    for permission in ProjectPermission:
        implied = IMPLIES[permission] - {permission}
        words = (
            "everything below" if permission is ProjectPermission.ADMIN else ", ".join(p.value for p in ProjectPermission if p in implied)
        )
        lines.append(f"| {permission.value} | {words or 'nothing'} |")
    lines += ["", "An ADMINISTRATOR holds everything everywhere. A project's owner holds ADMIN on it.", ""]
    lines += ["## What each action requires", "", "| action | requires |", "|---|---|"]
    lines += [
        f"| {action.name} | {rule.condition.words}{'; a token with the scope WRITE' if rule.writes else ''} |"
        for action, rule in RULES.items()
    ]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """Return the codes of top-level errors and the members of `payload.errors`, from the family tree of errors."""
    lines = ["# Errors", "", "## Top level: `errors[].extensions.code`", "", "| code | when |", "|---|---|"]
    family, faults = _family(), _family("UserFault")
    codes: dict[str, str] = {}
    for error in family:
        if error not in faults and error.__name__ not in {"DomainError", "Refused", "RenderFault"}:
            codes.setdefault(error.code, (error.__doc__ or "").splitlines()[0])
    codes["NOT_FOUND"] = "What a subscription follows is absent or hidden, which look the same."
    codes["PERSISTED_QUERY_NOT_FOUND"] = "The text of that hash or id is not known; send it along."
    codes["INTERNAL"] = "A fault of ours; `errorId` finds it in the server's log."
    lines += [f"| {code} | {when} |" for code, when in sorted(codes.items())]
    lines += ["", "## In `payload.errors`", "", "| type | code | when |", "|---|---|---|"]
    lines += [
        f"| {fault.__name__} | {fault.code} | {(fault.__doc__ or '').splitlines()[0]} |"
        for fault in faults
        if fault.__name__ != "UserFault"
    ]
    return "\n".join(lines) + "\n"


def _family(root: str = "DomainError") -> list[type[DomainError]]:
    """Return a class of errors and all below it, in the order of their definition."""
    found: list[type[DomainError]] = []
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        error = waiting.pop(0)
        found.append(error)
        waiting.extend(error.__subclasses__())
    start = next(error for error in found if error.__name__ == root)
    return [error for error in found if issubclass(error, start)]


FILES: Final = {
    "docs/reference/settings.md": settings_page,
    "docs/reference/permissions.md": permissions_page,
    "docs/reference/errors.md": errors_page,
    "graphiql/examples/tasks.json": tasks_file,
}


def lagging() -> list[str]:
    """Return the files that differ from what they are written from."""
    return [name for name, make in FILES.items() if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != make()]


def main() -> int:
    """Write all files, or say which lag."""
    if "--check" in sys.argv:
        names = lagging()
        if names:
            sys.stderr.write(f"What is written from code and docs lags: {', '.join(names)}. Run `make docs`.\n")
        return 1 if names else 0
    for name, make in FILES.items():
        (ROOT / name).write_text(make(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
