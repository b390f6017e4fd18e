"""Let schemathesis make operations up, against a server with the demo: `make fuzz`, for as many seconds as FUZZ_SECONDS says.

An administrator asks, then an analyst, in turns of a minute at most, each of which begins with the demo as it is at its first start. No
answer may be 5xx or fail to come, each error has a code of docs/reference/errors.md, and none is INTERNAL; what is found ends the run
with exit code 1. After each turn the token must still work, or it would be a stranger's answers that were looked at; the few mutations
that may end it have a turn of their own.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any, Final

from tests.fixtures.demo import Demo, serving_demo
from tests.fixtures.running import ROOT, logged

TOOL: Final = "schemathesis==4.32.5"  # it pulls fifty packages: an environment of its own
UV: Final = Path(sys.executable).parent / "uv"
HERE: Final = Path(__file__).parent
LOGINS: Final = ("admin", "ana")
TURN_SECONDS: Final = 60
ANSWER_SECONDS: Final = 15  # above the server's own deadline for an operation
CHECK: Final = "every_error_has_a_known_code"  # ours; to the tool's own, each error beside data is a fault of the server's
LAST: Final = r"\.(revokeAccessToken|deactivateUser|updateUser|saveGroup)$"
"""What may end the caller's own rights."""

THINGS: Final = """{ project(key: "DEMO") { id
    notebooks(first: 20) { nodes { id exports(first: 2) { nodes { id } } } }
    insights(first: 20) { nodes { id } }
    dashboards(first: 10) { nodes { id pages { id tiles { id } } } } } }"""


def known_codes() -> list[str]:
    """Return the codes that the docs list, without the one for faults of ours."""
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    top, payload = page.split("## In `payload.errors`")
    codes = re.findall(r"^\| ([A-Z_]+) \|", top, re.MULTILINE) + re.findall(r"^\| \w+ \| ([A-Z_]+) \|", payload, re.MULTILINE)
    return sorted(set(codes) - {"INTERNAL"})


def configuration(demo: Demo) -> str:
    """Return schemathesis.toml with the ids of the demo's things."""
    project = demo.ask("admin", THINGS, {})["data"]["project"]
    pages = [page for board in project["dashboards"]["nodes"] for page in board["pages"]]
    kinds: dict[str, list[dict[str, Any]]] = {
        "notebooks": project["notebooks"]["nodes"],
        "exports": [export for notebook in project["notebooks"]["nodes"] for export in notebook["exports"]["nodes"]],
        "insights": project["insights"]["nodes"],
        "dashboards": project["dashboards"]["nodes"],
        "pages": pages,
        "tiles": [tile for page in pages for tile in page["tiles"]],
    }
    kinds["everything"] = [project, *(thing for things in kinds.values() for thing in things)]
    ids = {kind: json.dumps([thing["id"] for thing in things]) for kind, things in kinds.items()}
    text = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
    return text + "".join(f"\n[dictionaries.{kind}]\nvalues = {values}\n" for kind, values in ids.items())


def take_turn(demo: Demo, login: str, choice: str, seconds: int, folder: Path) -> tuple[bool, Counter[str]]:
    """Let one caller ask; return whether all was well, and how many answers there were by status."""
    demo.begin_again()
    report, config = folder / "report.ndjson", folder / "schemathesis.toml"
    report.write_text("", encoding="utf-8")  # in case the tool does not even start
    config.write_text(configuration(demo), encoding="utf-8")
    command = [UV, "tool", "run", "--quiet", "--python", sys.executable, "--from", TOOL, "schemathesis", "--config-file", config]
    command += ["run", demo.server.address, choice, "--header", f"Authorization: Bearer {demo.tokens[login]}", "--checks", CHECK]
    command += ["--max-time", seconds, "--request-timeout", ANSWER_SECONDS, "--generation-database", "none", "--warnings", "off"]
    command += ["--report", "ndjson", "--report-ndjson-path", report]
    environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.fuzz.hooks", "PYTHONPATH": str(ROOT), "FUZZ_CODES": ",".join(known_codes())}
    done = subprocess.run([str(word) for word in command], env=environment, cwd=folder, check=False)  # noqa: S603  our own words
    return done.returncode == 0, Counter(re.findall(r'"status_code": ?(\d+)', report.read_text(encoding="utf-8")))


def turns(seconds: int) -> list[tuple[str, str, int]]:
    """Return who asks for what and how long: the last sixth is for what may end the caller's rights."""
    last = max(seconds // 6, 5)
    share = (seconds - last) // len(LOGINS)
    lengths = [min(TURN_SECONDS, share - begun) for begun in range(0, share, TURN_SECONDS)]
    most = [(login, f"--exclude-name-regex={LAST}", length) for length in lengths for login in LOGINS]
    return [*most, (LOGINS[0], f"--include-name-regex={LAST}", last)]


def main() -> int:
    """Run, and say how much was tried."""
    well, statuses = True, Counter[str]()
    with tempfile.TemporaryDirectory() as place, serving_demo(Path(place), NBINSIGHT_RATE_LIMIT="off") as demo:
        for login, choice, seconds in turns(int(os.environ.get("FUZZ_SECONDS", "600"))):
            passed, seen = take_turn(demo, login, choice, seconds, Path(place))
            well, statuses = well and passed and seen.total() > 0, statuses + seen
            if "exclude" in choice and demo.server.login(demo.tokens[login]) != login:
                well = False
                print(f"The token of {login} has ended: this turn says nothing.")
        faults = [line for line in logged(demo.server) if line.get("event") == "fault"]
    for fault in faults:
        print(json.dumps(fault, indent=2))
    print(f"{statuses.total()} answers, by status {dict(statuses)}; {len(faults)} faults in the server's log")
    return 0 if well and statuses and not faults and all(status < "500" for status in statuses) else 1


if __name__ == "__main__":
    sys.exit(main())
