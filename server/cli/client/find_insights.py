from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class FindInsights(BaseModel):
    project: Optional["FindInsightsProject"]


class FindInsightsProject(BaseModel):
    insights: "FindInsightsProjectInsights"


class FindInsightsProjectInsights(BaseModel):
    nodes: list["FindInsightsProjectInsightsNodes"]
    page_info: "FindInsightsProjectInsightsPageInfo" = Field(alias="pageInfo")


class FindInsightsProjectInsightsNodes(BaseModel):
    id: str
    name: str
    viewer_can: "FindInsightsProjectInsightsNodesViewerCan" = Field(alias="viewerCan")
    dashboards: list["FindInsightsProjectInsightsNodesDashboards"]


class FindInsightsProjectInsightsNodesViewerCan(BaseModel):
    select_export: bool = Field(alias="selectExport")


class FindInsightsProjectInsightsNodesDashboards(BaseModel):
    id: str


class FindInsightsProjectInsightsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")


FindInsights.model_rebuild()
FindInsightsProject.model_rebuild()
FindInsightsProjectInsights.model_rebuild()
FindInsightsProjectInsightsNodes.model_rebuild()
