"""The server's key: given, or made once in the data folder."""

import secrets
from pathlib import Path
from typing import Final

from filelock import FileLock

from server.auth.private_files import write_private
from server.config import Settings
from server.stores.durable import make_folders

_MIN_BYTES: Final = 32
_NAME: Final = "secret-key"


def secret_key(settings: Settings) -> bytes:
    """Return the key that signs addresses, made where there is none; raises ValueError for one that is too short to be secret.

    Machines that share a store answer for each other's addresses, so that none may make a key of its own: raises ValueError as well.
    """
    key = find_secret_key(settings)
    return _made_in(settings.data_dir) if key is None else key


def find_secret_key(settings: Settings) -> bytes | None:
    """Return the key, None where it has yet to be made, and make none; raises ValueError likewise."""
    given = settings.secret_key
    if given is None and settings.store_is_remote:
        msg = "With a bucket as blob store, set NBINSIGHT_SECRET_KEY, on every machine to the same: `openssl rand -hex 32` makes one."
        raise ValueError(msg)
    key = _kept_in(settings.data_dir) if given is None else given.get_secret_value().encode()
    if key is not None and len(key) < _MIN_BYTES:
        msg = f"NBINSIGHT_SECRET_KEY needs at least {_MIN_BYTES} bytes: `openssl rand -hex 32` makes some."
        raise ValueError(msg)
    return key


def _kept_in(folder: Path) -> bytes | None:
    try:
        return (folder / _NAME).read_text(encoding="ascii").strip().encode()
    except FileNotFoundError:
        return None


def _made_in(folder: Path) -> bytes:
    """Make the key, unless another process has been quicker; several may start together."""
    make_folders(folder)
    path = folder / _NAME
    with FileLock(folder / f"{_NAME}.lock", mode=0o600):
        if not path.exists():
            write_private(path, secrets.token_hex(_MIN_BYTES))
        return path.read_text(encoding="ascii").strip().encode()
