"""What a document with a notebook in it may do: the second of two layers, for whatever the first, sanitising, should let through.

| | scripts | sandbox |
|---|---|---|
| STATIC | none | links open elsewhere, nothing else |
| STATIC slides | reveal.js of ours, that very file | as above, and scripts |
| INTERACTIVE | the notebook's own and ours, without a network, in an origin that is nobody's | scripts, nothing else |
"""

from collections.abc import Sequence

from server.domain.rendering import RenderFormat, RenderProfile
from server.render.scripts import find_script

_LINKS = "allow-popups allow-popups-to-escape-sandbox"


def content_policy(format_: RenderFormat, profile: RenderProfile, *, origins: Sequence[str], static_path: str, frame_ancestors: str) -> str:
    """Return the Content-Security-Policy of an address; style sheets and scripts of ours lie under `static_path` of the origins."""
    static = [f"{origin}{static_path}" for origin in origins]
    directives = _directives(_scripts(format_, profile, static), origins, interactive=profile is RenderProfile.INTERACTIVE)
    return "; ".join([_sandbox(format_, profile), *directives, f"frame-ancestors {frame_ancestors}"])


def inside_document(format_: RenderFormat, profile: RenderProfile) -> str:
    """Return the policy that a self-contained document carries itself, as far as a document can; it stands in double quotes."""
    return "; ".join(_directives(_scripts(format_, profile, ()), (), interactive=profile is RenderProfile.INTERACTIVE))


def _sandbox(format_: RenderFormat, profile: RenderProfile) -> str:
    if profile is RenderProfile.INTERACTIVE:
        return "sandbox allow-scripts"
    return f"sandbox allow-scripts {_LINKS}" if format_ == RenderFormat.SLIDES else f"sandbox {_LINKS}"


def _scripts(format_: RenderFormat, profile: RenderProfile, static: Sequence[str]) -> str | None:
    """Return which scripts may run; None for none."""
    if profile is RenderProfile.INTERACTIVE:
        return " ".join(["'unsafe-inline' 'unsafe-eval' blob:", *(f"{address}/" for address in static)])
    reveal = find_script("reveal") if format_ == RenderFormat.SLIDES else None
    if reveal is None:
        return None
    return " ".join(f"{address}/{reveal.name}" for address in static) or reveal.hash_source


def _directives(scripts: str | None, origins: Sequence[str], *, interactive: bool) -> list[str]:
    return [
        "default-src 'none'",
        *([] if scripts is None else [f"script-src {scripts}"]),
        " ".join(["style-src 'unsafe-inline'", *origins]),
        "img-src data: blob:",
        " ".join(["font-src data:", *origins]),
        *(["connect-src 'none'", "worker-src blob:"] if interactive else []),
        "form-action 'none'",
        "base-uri 'none'",
    ]
