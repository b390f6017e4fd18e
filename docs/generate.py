"""Writes `docs/reference/` from the code, and GraphiQL's tasks from `docs/how-to/`; with `--check` it says what lags instead."""

import sys
from pathlib import Path
from typing import Final

from faults import faults_of_mutations
from pydantic_core import PydanticUndefined
from schema_pages import SchemaPages
from tasks import tasks_file

from server.auth.rules import RULES
from server.config import SECRETS, Settings
from server.domain.errors import DomainError
from server.domain.grants import IMPLIES, ProjectPermission
from server.domain.measures import MEASURES, SAMPLED, MeasureKind
from server.schema.root import make_schema
from server.schema.sdl import plain_sdl

ROOT: Final = Path(__file__).resolve().parents[1]
REFERENCE: Final = ROOT / "docs" / "reference"
BESIDE_SETTINGS: Final = (
    ("NBINSIGHT_URL", "`nbinsight publish`", "The server's address, such as `https://insights.example.org`."),
    ("NBINSIGHT_TOKEN", "`nbinsight publish`", "An access token of scope WRITE."),
    (
        "NBINSIGHT_TARGET_DATABASE_URL",
        "`nbinsight migrate-data`",
        "The empty database to write into; or `NBINSIGHT_TARGET_DATABASE_URL_FILE`, a file with it.",
    ),
    (
        "FORWARDED_ALLOW_IPS",
        "`nbinsight serve`",
        "Reverse proxies, with commas between, whose `X-Forwarded-*`, `X-Request-ID` and `traceparent` are trusted; absent: 127.0.0.1.",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "`nbinsight serve`, `nbinsight worker`",
        "Where [traces](../how-to/run-in-production.md#traces) are sent, by OTLP over HTTP; absent: none are made.",
    ),
)


def settings_page() -> str:
    """Return the table of settings, from the fields of Settings."""
    lines = [
        "# Settings",
        "",
        "From the environment, each also as an option of `nbinsight serve` (`--data-dir`, `--port`, …).",
        "Those marked * may be read from a file: `NBINSIGHT_SECRET_KEY_FILE=/run/secrets/key`, which may not be empty.",
        "A variable or an option that is empty counts as absent.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "", PydanticUndefined) else f"`{field.default}`"
        lines.append(f"| `NBINSIGHT_{name.upper()}`{'*' if name in SECRETS else ''} | {default} | {field.description} |")
    lines += ["", "Beside them:", "", "| variable | read by | what it is |", "|---|---|---|"]
    lines += [f"| `{name}` | {reader} | {words} |" for name, reader, words in BESIDE_SETTINGS]
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
    codes["TOO_LARGE"] = "The body of a request has more bytes than are read; the status is 413."
    codes["INTERNAL"] = "A fault of ours; `errorId` finds it in the server's log, `requestId` all of its request."
    lines += [f"| {code} | {when} |" for code, when in sorted(codes.items())]
    lines += ["", "## In `payload.errors`", "", "| type | code | when |", "|---|---|---|"]
    lines += [
        f"| {fault.__name__} | {fault.code} | {(fault.__doc__ or '').splitlines()[0]} |"
        for fault in faults
        if fault.__name__ != "UserFault"
    ]
    return "\n".join(lines) + "\n"


def metrics_page() -> str:
    """Return the table of metrics, from what is measured."""
    how = "[how](../how-to/run-in-production.md#metrics)"
    lines = [
        "# Metrics",
        "",
        f"In Prometheus' format, at `/metrics` for this machine or on `NBINSIGHT_METRICS_PORT`: {how}.",
        "`nbinsight worker` shows some of it too, on its own `NBINSIGHT_METRICS_PORT` alone.",
        "",
    ]
    lines += ["| metric | type | what it is | labels | shown by `nbinsight worker` too |", "|---|---|---|---|---|"]
    for measure in (*MEASURES, *SAMPLED):
        name = f"nbinsight_{measure.name}{'_total' if measure.kind is MeasureKind.COUNTER else ''}"
        labels = "<br>".join(f"`{label}`: {words}" for label, words in measure.labels)
        lines.append(f"| `{name}` | {measure.kind.value} | {measure.words} | {labels} | {'yes' if measure.by_workers else ''} |")
    said = "`version`, `python`"
    return "\n".join([*lines, f"| `nbinsight_build_info` | gauge | The version that runs. | {said} | yes |"]) + "\n"


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


def files() -> dict[str, str]:
    """Return the text of every file that is written from code or docs, by its place in the repository."""
    alone = {"settings.md": settings_page(), "permissions.md": permissions_page(), "errors.md": errors_page(), "metrics.md": metrics_page()}
    pages = alone | SchemaPages(plain_sdl(make_schema()), faults_of_mutations()).all()
    return {f"docs/reference/{name}": text for name, text in pages.items()} | {"graphiql/examples/tasks.json": tasks_file()}


def lagging() -> list[str]:
    """Return the files that differ from what they are written from, and pages of which nothing says anything any more."""
    wanted = files()
    there = {*wanted, *(path.relative_to(ROOT).as_posix() for path in REFERENCE.rglob("*.md"))}
    return sorted(name for name in there if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != wanted.get(name))


def main() -> int:
    """Write all files and delete pages that are none any more, or say which lag."""
    if "--check" in sys.argv:
        names = lagging()
        if names:
            sys.stderr.write(f"What is written from code and docs lags: {', '.join(names)}. Run `make docs`.\n")
        return 1 if names else 0
    for name, text in files().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8")
    for name in lagging():  # what is left is said by nothing any more
        (ROOT / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
