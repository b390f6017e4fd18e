from .base_client import BaseClient
from .base_model import BaseModel, Upload
from .client import Client
from .find_insights import (
    FindInsights,
    FindInsightsProject,
    FindInsightsProjectInsights,
    FindInsightsProjectInsightsNodes,
    FindInsightsProjectInsightsNodesDashboards,
    FindInsightsProjectInsightsNodesViewerCan,
    FindInsightsProjectInsightsPageInfo,
)
from .input_types import PinTargetInput, PublishNotebookInput, TileBoxInput
from .publish import (
    Publish,
    PublishPublishNotebook,
    PublishPublishNotebookErrors,
    PublishPublishNotebookExport,
    PublishPublishNotebookInsight,
    PublishPublishNotebookInsightDisplayedExport,
    PublishPublishNotebookInsightDisplayedExportRendering,
    PublishPublishNotebookWarnings,
)
from .save import (
    Save,
    SaveSaveNotebook,
    SaveSaveNotebookErrors,
    SaveSaveNotebookNotebook,
)

__all__ = [
    "BaseClient",
    "BaseModel",
    "Client",
    "FindInsights",
    "FindInsightsProject",
    "FindInsightsProjectInsights",
    "FindInsightsProjectInsightsNodes",
    "FindInsightsProjectInsightsNodesDashboards",
    "FindInsightsProjectInsightsNodesViewerCan",
    "FindInsightsProjectInsightsPageInfo",
    "PinTargetInput",
    "Publish",
    "PublishNotebookInput",
    "PublishPublishNotebook",
    "PublishPublishNotebookErrors",
    "PublishPublishNotebookExport",
    "PublishPublishNotebookInsight",
    "PublishPublishNotebookInsightDisplayedExport",
    "PublishPublishNotebookInsightDisplayedExportRendering",
    "PublishPublishNotebookWarnings",
    "Save",
    "SaveSaveNotebook",
    "SaveSaveNotebookErrors",
    "SaveSaveNotebookNotebook",
    "TileBoxInput",
    "Upload",
]
