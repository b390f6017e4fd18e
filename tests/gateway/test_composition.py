"""Our SDL composes with another subgraph, by both composers; what does not fit together is told."""

from typing import Any, Final

import pytest
from graphql import GraphQLObjectType, build_schema, parse

from tests.gateway.conftest import Demo
from tests.gateway.programs import HERE, compose

COMPOSERS: Final = ("apollo", "guild")
CATALOGUE: Final = (HERE / "catalogue.graphql").read_text("utf-8")
ANOTHER_INSIGHT: Final = 'extend type Insight @key(fields: "id") { id: ID! name: String! }'
ANOTHER_PAGE: Final = "type PageInfo @shareable { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }"
LINK: Final = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])'


def compose_with(demo: Demo, composer: str, sdl: str) -> dict[str, Any]:
    """Compose our SDL with another subgraph's."""
    return compose(composer, {"nbinsight": (demo.server.address, demo.sdl), "other": ("http://127.0.0.1:2/", sdl)})


@pytest.mark.parametrize("composer", COMPOSERS)
def test_an_insight_has_the_fields_of_both(demo: Demo, composer: str) -> None:
    supergraph = build_schema(str(compose_with(demo, composer, CATALOGUE)["supergraph"]), assume_valid_sdl=True)
    insight, query = supergraph.type_map["Insight"], supergraph.query_type
    assert isinstance(insight, GraphQLObjectType)
    assert str(insight.fields["model"].type) == "String"
    assert str(insight.fields["name"].type) == "String!"
    assert query is not None
    assert {"viewer", "insight", "models"} <= set(query.fields)
    assert not {"_service", "_entities"} & set(query.fields)


@pytest.mark.parametrize("composer", COMPOSERS)
def test_another_subgraph_may_page_its_lists_alike(demo: Demo, composer: str) -> None:
    composed = compose_with(demo, composer, f"{LINK} {ANOTHER_PAGE} type Query {{ page: PageInfo }}")
    assert parse(str(composed["supergraph"]))


@pytest.mark.parametrize("composer", COMPOSERS)
def test_a_field_of_ours_cannot_be_taken_over_by_accident(demo: Demo, composer: str) -> None:
    [error] = compose_with(demo, composer, f"{LINK} {ANOTHER_INSIGHT} type Query {{ mine: Insight }}")["errors"]
    assert "Insight.name" in error
    assert "shareable" in error
