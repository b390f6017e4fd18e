"""`viewer`."""

import strawberry

from server.schema.info import Info
from server.schema.types.viewer import Viewer


@strawberry.field(description="Who you are; null if you are not signed in.")
def viewer(info: Info) -> Viewer | None:
    """Answer without a guard."""
    return None if info.context.viewer is None else Viewer.of(info.context.viewer)
