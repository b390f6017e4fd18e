"""Run a program as a unit of deploy/systemd would have it run, where there is no systemd to do it: python confine.py FOLDER PROGRAM…

Everything is read-only but FOLDER, whose `tmp` is the folder for temporary files, and what the kernel offers; no user but `nobody`, no
capability, no new privilege, no memory that is written and then run, no call of the system that SystemCallFilter does not let through.
FOLDER has the file `calls`: one call a line. Needs root, and Linux from 6.3.
"""

import ctypes
import os
import sys
from pathlib import Path
from typing import Final

NOBODY: Final = 65534
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_CLONE_NEWNS: Final = 0x20000
_PR_SET_NO_NEW_PRIVS, _PR_SET_MDWE, _PR_CAPBSET_DROP = 38, 65, 24
_LAST_CAPABILITY: Final = 40
_SCMP_ACT_EPERM, _SCMP_ACT_ALLOW = 0x00050001, 0x7FFF0000

_libc = ctypes.CDLL(None, use_errno=True)


def _must(outcome: int, what: str) -> None:
    if outcome != 0:
        raise OSError(ctypes.get_errno(), f"{what}: {os.strerror(ctypes.get_errno())}")


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    _must(_libc.mount(source.encode(), target.encode(), kind.encode(), flags, options.encode()), f"mount {target}")


def close_the_file_system(folder: Path) -> None:
    """ProtectSystem=strict, ProcSubset=pid."""
    _must(_libc.unshare(_CLONE_NEWNS), "unshare")
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    _mount(str(folder), str(folder), "", _MS_BIND)
    open_a_way([Path(sys.base_prefix), Path(__file__).resolve().parents[2]], folder)
    _mount("proc", "/proc", "proc", _MS_NOSUID | _MS_NODEV, "subset=pid")
    _mount("none", "/", "", _MS_REMOUNT | _MS_BIND | _MS_RDONLY)


def open_a_way(needed: list[Path], folder: Path) -> None:
    """Let `nobody` reach the interpreter and the checkout, where these lie in folders of root's: there nothing else is left."""
    closed = {path: [above for above in path.parents if above.stat().st_mode & 0o001 == 0] for path in needed}
    hidden = [path for path in needed if closed[path]]
    for number, path in enumerate(hidden):
        (folder / f"way{number}").mkdir()
        _mount(str(path), str(folder / f"way{number}"), "", _MS_BIND | _MS_REC)
    for top in {closed[path][-1] for path in hidden}:
        _mount("way", str(top), "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755")
    for number, path in enumerate(hidden):
        path.mkdir(parents=True, exist_ok=True)
        _mount(str(folder / f"way{number}"), str(path), "", _MS_BIND | _MS_REC)


def give_everything_up() -> None:
    """User=, CapabilityBoundingSet=, NoNewPrivileges=yes, MemoryDenyWriteExecute=yes."""
    for capability in range(_LAST_CAPABILITY + 1):
        _must(_libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0), "capability")
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    _must(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no new privileges")
    _must(_libc.prctl(_PR_SET_MDWE, 1, 0, 0, 0), "no memory that is written and run")


def let_through(calls: list[str]) -> None:
    """SystemCallFilter=, with EPERM for all others."""
    seccomp = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    seccomp.seccomp_init.restype = ctypes.c_void_p
    rules = ctypes.c_void_p(seccomp.seccomp_init(_SCMP_ACT_EPERM))
    for call in calls:
        number = seccomp.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:  # others are of other kinds of machine
            _must(seccomp.seccomp_rule_add(rules, _SCMP_ACT_ALLOW, number, 0), call)
    _must(seccomp.seccomp_load(rules), "seccomp")


def main() -> None:
    """Confine this process, then become the program."""
    folder, command = Path(sys.argv[1]), sys.argv[2:]
    calls = (folder / "calls").read_text(encoding="utf-8").split()
    close_the_file_system(folder)
    os.environ["TMPDIR"] = str(folder / "tmp")
    os.chdir(folder)
    give_everything_up()
    let_through(calls)
    os.execv(command[0], command)  # noqa: S606  that is what it is for


if __name__ == "__main__":
    main()
