"""Insights, dashboards and tiles, as plain values."""

from enum import Enum


class ExportSelectionMode(Enum):
    """Which export an insight shows."""

    LATEST = "LATEST"
    PINNED = "PINNED"


class InsightAccessState(Enum):
    """Why an insight or tile shows content, or does not."""

    ACCESSIBLE = "ACCESSIBLE"
    EXPORT_DELETED = "EXPORT_DELETED"
    NOTEBOOK_DELETED = "NOTEBOOK_DELETED"
    NOT_AUTHORIZED = "NOT_AUTHORIZED"
    INSIGHT_DELETED = "INSIGHT_DELETED"


class TileKind(Enum):
    """What a tile holds."""

    INSIGHT = "INSIGHT"
    TEXT = "TEXT"


class TileTitleMode(Enum):
    """When a tile's title shows."""

    ALWAYS = "ALWAYS"
    ON_HOVER = "ON_HOVER"
    NEVER = "NEVER"


class TileClickAction(Enum):
    """What a click on a tile opens."""

    NONE = "NONE"
    OPEN_INSIGHT = "OPEN_INSIGHT"
    OPEN_OTHER_INSIGHT = "OPEN_OTHER_INSIGHT"


class WarningCode(Enum):
    """What went well and yet needs a look."""

    SOURCE_NOT_AUTHORIZED = "SOURCE_NOT_AUTHORIZED"
    NO_EDITABLE_DASHBOARD = "NO_EDITABLE_DASHBOARD"
    NOTEBOOK_HAS_NO_OUTPUTS = "NOTEBOOK_HAS_NO_OUTPUTS"
    ACTIVE_CONTENT_REMOVED = "ACTIVE_CONTENT_REMOVED"
    UNCHANGED_SINCE_LATEST = "UNCHANGED_SINCE_LATEST"
