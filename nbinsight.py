"""Public names, for embedding nbinsight in another ASGI application; everything else is private."""

from server import __version__
from server.app import create_app
from server.config import Settings, load_settings

__all__ = ["Settings", "__version__", "create_app", "load_settings"]
