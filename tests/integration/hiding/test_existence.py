"""A hidden id answers like one that names nothing: the same bytes, the same number of statements, for everybody it is hidden from.

| what is asked for | by |
|---|---|
| every root query field | each argument that takes an id or a key, as the schema has them: a new field is held to it at once |
| fields below, filters | each argument that takes an id or a name |
| every mutation | `test_mutations.py` |
| every subscription | `live/test_subscriptions.py` |
"""

from typing import Final

import pytest

from tests.integration.hiding.scene import PEOPLE, SIGNED_IN, TYPES, Scene, another, asked
from tests.integration.hiding.schema_arguments import (
    KEYS,
    Argument,
    filters,
    named_below_the_root,
    root_arguments,
    root_fields,
    subscriptions,
)

pytestmark = pytest.mark.asyncio(loop_scope="session")

PAGING: Final = ("first", "after")
"""What pages are asked for by: see `test_lists.py`."""
ROOTS: Final = [argument for argument in root_arguments() if argument.name not in PAGING]
FOLLOWED: Final = {"dashboardChanged", "exportCreated", "insightChanged"}
"""Subscriptions that `live/test_subscriptions.py` holds to the same."""
NAMES_NOTHING: Final = {"viewer", "projects", "users", "groups", "auditEvents"}
"""Root fields that take no name of a thing."""

BELOW: Final = {
    "Project.notebook.name": 'query($given: String!) { project(key: "SALES") { notebook(name: $given) { id } } }',
    "Viewer.projectPermissions.projectKey": "query($given: String!) { viewer { projectPermissions(projectKey: $given) } }",
}
"""A query for each argument below the root that takes a name."""
HIDDEN_NAMES: Final = {
    "Project.notebook.name": ("xnamedclosedx", "xnameddraftx", "xnamedplainx", "xnamedforeignx"),
    "Viewer.projectPermissions.projectKey": ("SALES", "OTHER"),
    "NotebookFilter.nameContains": ("xnamedclosedx", "XNAMEDDRAFTX", "named plain", "xnamedforeignx"),
    "NotebookFilter.language": ("xspokenclosedx", "XspokenLivex"),
    "InsightFilter.nameContains": ("xcalledclosedx", "xcalledforeignx"),
    "InsightFilter.ownerLogin": ("rival",),
    "InsightFilter.notebookId": ("notebook closed", "notebook draft", "notebook foreign"),
    "DashboardFilter.nameContains": ("xboardotherx",),
    "DashboardFilter.ownerLogin": ("rival",),
}
"""What names something hidden from somebody; of flags see `test_lists.py`."""


async def test_every_argument_is_known() -> None:
    assert {argument.field for argument in ROOTS} == root_fields() - NAMES_NOTHING, "say that the new field names nothing, or give it an id"
    assert {(argument.type, argument.name in KEYS) for argument in ROOTS} == {("ID!", False), ("[ID!]!", False), ("String!", True)}
    assert subscriptions() == FOLLOWED, "give the new one a case in live/test_subscriptions.py, and name it here"
    assert named_below_the_root() == {*HIDDEN_NAMES, *(place for place, type_ in filters().items() if type_ == "Boolean")}


@pytest.mark.parametrize("who", PEOPLE)
@pytest.mark.parametrize("argument", ROOTS, ids=lambda argument: argument.field)
async def test_a_root_field_answers_for_a_hidden_thing_as_for_none(scene: Scene, argument: Argument, who: str | None) -> None:
    query = f"query($given: {argument.type}) {{ {argument.field}({argument.name}: $given) {argument.selection} }}"
    if argument.name in KEYS:
        hidden = {key: key for key in ("SALES", "OTHER") if not scene.sees(who, f"project {key}")}
    else:
        hidden = {label: id_ for label, id_ in scene.hidden(who).items() if argument.leads_to in {"Node", TYPES[id_[0]]}}
    assert len(hidden) >= 1
    for label, given in hidden.items():
        nothing = "NOWHERE" if argument.name in KEYS else another(given)
        there, nowhere = [
            await asked(scene.world, who, query, {"given": [value] if "[" in argument.type else value}) for value in (given, nothing)
        ]
        assert there == nowhere, label
        assert (b"UNAUTHENTICATED" in there[0]) is (b'"errors"' in there[0]) is (who is None), label


@pytest.mark.parametrize("who", PEOPLE)
async def test_among_others_a_hidden_thing_is_missing_like_none(scene: Scene, who: str | None) -> None:
    seen = list(scene.visible(who).values())[:20]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    hidden = list(scene.hidden(who).values())
    nothing = [another(id_) for id_ in hidden]
    there, nowhere = [await asked(scene.world, who, query, {"ids": [*seen, *ids]}) for ids in (hidden, nothing)]
    assert there == nowhere
    assert there[0].count(b"__typename") == len(seen)


def _is_hidden(scene: Scene, who: str, name: str) -> bool:
    if name in scene.ids:
        return not scene.sees(who, name)
    if name in {"SALES", "OTHER"}:
        return not scene.sees(who, f"project {name}")
    return name.lower() in scene.hidden_words(who) or name in {"rival", "named plain"}


@pytest.mark.parametrize("who", SIGNED_IN)
@pytest.mark.parametrize("place", HIDDEN_NAMES)
async def test_a_field_below_or_a_filter_answers_for_a_hidden_name_as_for_none(scene: Scene, place: str, who: str) -> None:
    query, filtered = BELOW.get(place), place.partition("Filter.")
    if query is None:
        page = f"{filtered[0].lower()}s(filter: {{{filtered[2]}: $given}}) {{ totalCount nodes {{ id }} pageInfo {{ endCursor }} }}"
        query = f'query($given: {filters()[place]}) {{ project(key: "SALES") {{ {page} }} }}'
    names = [name for name in HIDDEN_NAMES[place] if _is_hidden(scene, who, name)]
    assert names or who in {"analyst", "writer"} or place == "Viewer.projectPermissions.projectKey", "somebody must not see it"
    for name in names:
        given = scene.ids.get(name, name)
        nothing = another(given) if name in scene.ids else "NOWHERE" if "projectKey" in place else "x" + name[1:-1] + "y"
        assert await asked(scene.world, who, query, {"given": given}) == await asked(scene.world, who, query, {"given": nothing}), name
