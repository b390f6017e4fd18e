"""The domain's enums as GraphQL enums, every value described."""

from enum import Enum
from typing import TYPE_CHECKING, cast

import strawberry
from strawberry.types.enum import StrawberryEnumDefinition

from server.domain import rendering
from server.domain.dashboards import ExportSelectionMode, InsightAccessState, TileClickAction, TileTitleMode, WarningCode
from server.domain.grants import (
    AuditOutcome,
    AuthorizationMode,
    CodeExposure,
    DashboardWritePolicy,
    GlobalPermission,
    ProjectPermission,
    TokenScope,
)
from server.domain.notebooks import ExportTrigger
from server.domain.rendering import CellType, RenderNoticeCode, RenderProfile, RenderTheme
from server.render.formats import formats

__all__ = [
    "AuditOutcome",
    "AuthorizationMode",
    "CellType",
    "CodeExposure",
    "DashboardWritePolicy",
    "ExportSelectionMode",
    "ExportTrigger",
    "GlobalPermission",
    "InsightAccessState",
    "ProjectPermission",
    "RenderFormat",
    "RenderNoticeCode",
    "RenderProfile",
    "RenderTheme",
    "TileClickAction",
    "TileTitleMode",
    "TokenScope",
    "WarningCode",
]


if TYPE_CHECKING:

    class RenderFormat(Enum):
        """Ours and those of plug-ins, so its members are known when the server starts."""

        HTML = rendering.RenderFormat.HTML

else:
    RenderFormat = Enum("RenderFormat", dict(formats()))


def _describe(enum: type[Enum], description: str, **values: str) -> None:
    """Register an enum; raises KeyError if a value lacks its description."""
    strawberry.enum(enum, description=description)
    definition = cast("StrawberryEnumDefinition", vars(enum)["__strawberry_definition__"])
    for value in definition.values:
        value.description = values[value.name]


_describe(
    ProjectPermission,
    "What a user or a group may do on one project. Permissions only add up.",
    ADMIN="Everything on the project, but for the code right, which is global.",
    EDIT_PERMISSIONS="See and change who may do what, as far as one may do it oneself.",
    READ_PROJECT_CONTENT="Read notebooks, their live sources, exports and insights. Implies READ_DASHBOARDS.",
    WRITE_PROJECT_CONTENT="With the code right: save, export and publish notebooks. Implies READ_PROJECT_CONTENT and WRITE_DASHBOARDS.",
    READ_DASHBOARDS="Open dashboards and see what is authorized for them.",
    WRITE_DASHBOARDS="Make and edit dashboards and insights. Implies READ_DASHBOARDS.",
    MODERATE_DASHBOARDS="Edit and list anybody's dashboards and insights. Implies WRITE_DASHBOARDS.",
    MANAGE_AUTHORIZED_OBJECTS="Authorize notebooks for dashboard-only readers.",
)
_describe(
    GlobalPermission,
    "What a user or a group may do on the whole instance.",
    ADMINISTRATOR="Everything everywhere.",
    WRITE_SAFE_CODE="The code right: write, export and publish notebooks where one may write.",
    WRITE_UNSAFE_CODE="The code right as well.",
    CREATE_ACTIVE_WEB_CONTENT="Let what one exports be shown with its scripts running, where the project allows it.",
    CREATE_PROJECTS="Create projects.",
)
_describe(
    DashboardWritePolicy,
    "Who may edit dashboards and insights that others own.",
    ANY_WRITER="Whoever holds WRITE_DASHBOARDS.",
    OWNER_OR_MODERATOR="Their owner, and whoever holds MODERATE_DASHBOARDS; only the latter list them.",
)
_describe(
    TokenScope,
    "What an access token may be used for.",
    READ="Queries and subscriptions.",
    WRITE="Queries, subscriptions and mutations.",
)
_describe(
    AuditOutcome,
    "How a mutation ended; faults of its input leave no event.",
    ALLOWED="It was done.",
    DENIED="It was refused, and nothing has changed.",
)
_describe(AuthorizationMode, "What an authorization opens.", READ="Viewing exports, and making insights on them.")
_describe(
    CodeExposure,
    "What code of an authorized notebook reaches dashboard-only readers.",
    NEVER="None, not even through a tile that shows it to others.",
    TILES="That of tiles whose author shows it.",
    ALWAYS="All of it, whenever they ask.",
)
_describe(
    ExportTrigger,
    "Which deed made an export.",
    PUBLISH="publishNotebook.",
    MANUAL="createExport, or createInsight with createExport.",
)
_describe(
    ExportSelectionMode,
    "Which export an insight shows.",
    LATEST="Always the newest.",
    PINNED="One that was chosen.",
)
_describe(
    InsightAccessState,
    "Why content shows, or does not.",
    ACCESSIBLE="It shows.",
    EXPORT_DELETED="The notebook has no export left.",
    NOTEBOOK_DELETED="The notebook was deleted, its exports with it.",
    NOT_AUTHORIZED="The viewer may not see the notebook's exports.",
    INSIGHT_DELETED="The insight was deleted.",
)
_describe(
    TileTitleMode,
    "When a tile's title shows.",
    ALWAYS="Always.",
    ON_HOVER="While the pointer is over the tile.",
    NEVER="Never.",
)
_describe(
    TileClickAction,
    "What a click on a tile opens.",
    NONE="Nothing.",
    OPEN_INSIGHT="The tile's insight.",
    OPEN_OTHER_INSIGHT="The tile's targetInsight.",
)
_describe(
    WarningCode,
    "What went well and yet needs a look, for programs.",
    SOURCE_NOT_AUTHORIZED="Dashboard-only readers will not see the notebook.",
    NO_EDITABLE_DASHBOARD="There is no dashboard that the caller may edit; the insight stands on none.",
    NOTEBOOK_HAS_NO_OUTPUTS="No cell has an output.",
    ACTIVE_CONTENT_REMOVED="Scripts and widgets do not show in the profile STATIC.",
    UNCHANGED_SINCE_LATEST="The export holds what the one before it holds.",
)
_describe(RenderFormat, "What an export can be turned into.", **{name: format_.description for name, format_ in formats().items()})
_describe(CellType, "What a cell holds.", CODE="A program and its outputs.", MARKDOWN="Text.", RAW="Text that is passed on as it is.")
_describe(RenderTheme, "Colours of an HTML rendering.", LIGHT="Dark on light.", DARK="Light on dark.")
_describe(
    RenderProfile,
    "What becomes of active content.",
    STATIC="Scripts are removed; what they would have drawn shows as picture or text where the notebook holds one.",
    INTERACTIVE="Scripts run, in a sandbox; where that is not allowed, STATIC is served and a notice says so.",
)
_describe(
    RenderNoticeCode,
    "Why a rendering differs from the notebook, for programs.",
    REPAIRED="Something malformed was put right.",
    UNSUPPORTED_OUTPUT="An output cannot be shown in this way.",
    ACTIVE_CONTENT_REMOVED="A script was left out.",
    LEXER_MISSING="The language is unknown, so code is not coloured.",
    TRUNCATED="Something was cut because of its size.",
)
