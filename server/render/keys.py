"""Under which key a rendering is kept: the notebook's bytes, the options and everything that decides the rendered bytes."""

from functools import cache
from hashlib import sha256
from importlib.metadata import version

from server.domain.rendering import RenderOptions

_OURS = "6"
"""Raised with each change of ours that changes rendered bytes."""

_LIBRARIES = ("nbconvert", "nbformat", "mistune", "pygments", "nh3", "math-core", "latex2mathml")


@cache
def renderer_version() -> str:
    """Return our number and the versions of the libraries that draw, read without importing them."""
    return f"ours={_OURS};" + ";".join(f"{name}={version(name)}" for name in _LIBRARIES)


def rendering_key(digest: str, options: RenderOptions) -> str:
    """Return the key of a rendering, lower-case sha256 in hex."""
    shown = "code" if options.show_code else "no-code"
    made = (options.format.name, options.format.version, shown, options.profile.value, options.scope)
    return sha256("\n".join((digest, *made, renderer_version())).encode()).hexdigest()
