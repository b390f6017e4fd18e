"""Which state of a git work tree a file comes from, in words for an export's label."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

_SECONDS: Final = 10
_BRANCH_LETTERS: Final = 150  # a label has 200 at most


def label_of(path: Path) -> str | None:
    """Return such as `main 1a2b3c4d`, with ` modified` where the file differs from HEAD; None outside work trees and without git."""
    program = shutil.which("git")
    if program is None:
        return None
    folder, name = path.resolve().parent, path.resolve().name
    commit = _ask(program, folder, "rev-parse", "--verify", "--quiet", "--short=8", "HEAD")
    if not commit:
        return None
    branch = _ask(program, folder, "symbolic-ref", "--short", "--quiet", "HEAD")  # none where a commit is checked out by itself
    changed = _ask(program, folder, "status", "--porcelain", "--ignored", "--", f":(literal){name}")
    return " ".join(word for word in ((branch or "")[:_BRANCH_LETTERS], commit, "modified" if changed else "") if word)


def _ask(program: str, folder: Path, *words: str) -> str | None:
    """Return what git prints; None where it refuses. No program that a work tree's configuration names is run to watch files."""
    command = [program, "-c", "core.fsmonitor=false", "-C", str(folder), *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, timeout=_SECONDS)  # noqa: S603  our own words
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
