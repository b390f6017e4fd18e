"""Install JupyterHub, into an environment of its own beside the tests, and its proxy from npm, unless they lie there.

python -m tests.hub.install
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from hatch_build import BundleNotBuilt, find_node, install_packages

HERE: Final = Path(__file__).resolve().parent
ENVIRONMENT: Final = HERE / ".venv"
_LOCK: Final = HERE / "requirements.lock"
_UV: Final = Path(sys.executable).parent / "uv"
_SECONDS: Final = 300


def main() -> int:
    """Install, and say so if it cannot be done."""
    try:
        install_packages(HERE, *find_node())
        _install_hub()
    except (BundleNotBuilt, subprocess.SubprocessError) as problem:
        sys.stderr.write(f"JupyterHub and its proxy were not installed: {problem}\n")
        return 1
    return 0


def _install_hub() -> None:
    """Install what the lock file names; a hash of each is in it."""
    stamp, lock = ENVIRONMENT / ".installed-from", _LOCK.read_text(encoding="utf-8")
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == lock:
        return
    _run("venv", "--clear", "--python", sys.executable, str(ENVIRONMENT))
    _run("pip", "install", "--python", str(ENVIRONMENT / "bin" / "python"), "--require-hashes", "--no-deps", "-r", str(_LOCK))
    stamp.write_text(lock, encoding="utf-8")


def _run(*arguments: str) -> None:
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    subprocess.run([_UV, *arguments, "--quiet"], check=True, timeout=_SECONDS, env=outside)  # noqa: S603  our own words


if __name__ == "__main__":
    sys.exit(main())
