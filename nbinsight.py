"""Public names; everything else is private.

| for | names |
|---|---|
| embedding nbinsight in another ASGI application | create_app, Settings, load_settings |
| a plug-in that brings a render format | RenderFormat, Prepared |

Each is imported when it is asked for, so that a plug-in may use its own names while the server that loads it is being imported.
"""

import pkgutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server import __version__
    from server.app import create_app
    from server.config import Settings, load_settings
    from server.domain.rendering import RenderFormat
    from server.render.prepared import Prepared

__all__ = ["Prepared", "RenderFormat", "Settings", "__version__", "create_app", "load_settings"]

_HOMES = {
    "Prepared": "server.render.prepared",
    "RenderFormat": "server.domain.rendering",
    "Settings": "server.config",
    "__version__": "server",
    "create_app": "server.app",
    "load_settings": "server.config",
}


def __getattr__(name: str) -> object:
    """Import a public name."""
    if name not in _HOMES:
        msg = f"module 'nbinsight' has no attribute {name!r}"
        raise AttributeError(msg)
    return pkgutil.resolve_name(f"{_HOMES[name]}:{name}")
