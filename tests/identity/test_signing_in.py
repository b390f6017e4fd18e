"""People who come with tokens of a provider by others."""

from typing import Any

from tests.fixtures.running import VIEWER
from tests.identity.conftest import Site
from tests.identity.providers import Provider

NAME = "{ viewer { user { login displayName } globalPermissions } }"
CREATE = 'mutation { createProject(input: {key: "MINE", name: "Mine"}) { project { key } errors { message } } }'
PROJECTS = "{ projects { nodes { key } } }"
GRANT = """mutation { setProjectPermissions(input: {projectKey: "OPEN", groupName: "corp:analysts", permissions: [READ_DASHBOARDS]})
    { grant { granted } errors { message } } }"""


def test_somebody_new_is_a_user_with_name_and_groups_and_no_rights(site: Site, corp: Provider) -> None:
    corp.person("ana-1", preferred_username="ana", name="Ana B.", groups=["analysts", "staff"])
    token = corp.token("ana-1")
    assert site.login(token) == "ana"
    assert site.server.data(NAME, token)["viewer"] == {"user": {"login": "ana", "displayName": "Ana B."}, "globalPermissions": []}
    assert site.people()["ana"] == ["corp:analysts", "corp:staff"]
    assert site.server.data(PROJECTS, token) == {"projects": {"nodes": []}}


def test_the_same_person_with_another_token_is_the_same_user_in_the_groups_of_now(site: Site, corp: Provider) -> None:
    corp.person("ben-1", preferred_username="ben", groups=["analysts"])
    assert site.login(corp.token("ben-1")) == "ben"
    corp.person("ben-1", preferred_username="renamed", groups=["writers"])
    assert site.login(corp.token("ben-1")) == "ben", "a login stays, whatever the provider calls somebody later"
    assert site.people()["ben"] == ["corp:writers"]
    assert "renamed" not in site.people()


def test_nobody_becomes_a_user_who_is_here_already(site: Site, corp: Provider) -> None:
    site.server.data('mutation { createUser(input: {login: "cleo", displayName: "Cleo"}) { errors { message } } }', site.admin)
    for number, login in enumerate(("cleo", "admin", "Admin")):
        corp.person(f"imposter-{number}", preferred_username=login, name="Imposter")
        token = corp.token(f"imposter-{number}")
        assert site.login(token) not in {"cleo", "admin"}
        assert site.server.data(NAME, token)["viewer"]["globalPermissions"] == []
    assert site.server.login(site.admin) == "admin"


def test_what_a_group_may_its_members_may_with_their_next_request(site: Site, corp: Provider) -> None:
    corp.person("dora-1", preferred_username="dora", groups=["analysts"])
    token = corp.token("dora-1")
    assert site.login(token) == "dora"
    site.server.data('mutation { createProject(input: {key: "OPEN", name: "Open"}) { errors { message } } }', site.admin)
    assert site.server.data(PROJECTS, token) == {"projects": {"nodes": []}}
    assert site.server.data(GRANT, site.admin)["setProjectPermissions"]["errors"] == []
    assert site.server.data(PROJECTS, token) == {"projects": {"nodes": [{"key": "OPEN"}]}}
    corp.person("dora-1", preferred_username="dora", groups=[])
    later = corp.token("dora-1")
    assert site.login(later) == "dora"
    assert site.server.data(PROJECTS, later) == {"projects": {"nodes": []}}


def test_a_deactivated_user_is_refused_with_a_good_token(site: Site, corp: Provider) -> None:
    corp.person("emil-1", preferred_username="emil")
    token = corp.token("emil-1")
    assert site.login(token) == "emil"
    site.server.data('mutation { deactivateUser(input: {login: "emil"}) { errors { message } } }', site.admin)
    site.refuses(token)
    site.refuses(corp.token("emil-1"))


def test_the_same_subject_and_login_of_two_providers_are_two_people(site: Site, corp: Provider, other: Provider) -> None:
    for running in (corp, other):
        running.person("fay-1", preferred_username="fay", groups=["staff"])
    assert (site.login(corp.token("fay-1")), site.login(other.token("fay-1"))) == ("fay", "fay@other")
    assert (site.people()["fay"], site.people()["fay@other"]) == (["corp:staff"], ["other:staff"])


def test_without_the_scope_that_writes_a_token_reads(site: Site, other: Provider) -> None:
    other.person("gil-1", preferred_username="gil")
    reads, writes = other.token("gil-1", "openid"), other.token("gil-1", "openid nbinsight:write")
    assert site.login(reads) == site.login(writes) == "gil"
    [error] = site.server.post(CREATE, reads).json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["requires"]) == ("FORBIDDEN", ["TOKEN_SCOPE_WRITE"])
    [error] = site.server.post(CREATE, writes).json()["errors"]
    assert error["extensions"]["requires"] == ["CREATE_PROJECTS"]


def test_a_token_of_one_provider_is_none_of_another(site: Site, corp: Provider, other: Provider) -> None:
    claims: dict[str, Any] = {"iss": corp.issuer, "aud": corp.audience, "sub": "hal-1", "exp": 4_000_000_000}
    site.refuses(other.sign(**claims))
    site.refuses(other.sign(header={"kid": corp.key()["kid"]}, **claims))
    assert site.login(corp.sign(**claims)) == "hal-1"


def test_nobody_asks_without_a_token(site: Site) -> None:
    assert site.server.data(VIEWER) == {"viewer": None}
