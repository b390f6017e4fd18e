"""Headers of a gateway: believed from a trusted address with the secret, ignored from anywhere else, refused where they are ambiguous."""

from typing import Any, Final

import httpx2
import pytest
from pydantic import SecretStr
from sqlalchemy import text

from server.domain.ids import Kind, kind_of
from tests.fixtures.running import VIEWER, serving
from tests.integration.http.conftest import Start
from tests.integration.http.test_authentication import NO_TOKEN, refused
from tests.integration.identity.conftest import GRANT, PROJECT, WHO, Vouched, vouched

SECRET: Final = "a-secret-of-the-gateway-and-of-ours"
ANA: Final = [("X-NBInsight-Gateway-Secret", SECRET), ("X-NBInsight-User", "ana")]
NOBODY: Final = {"data": {"viewer": None}}
CREATE: Final = 'mutation { createProject(input: {key: "NEW", name: "New"}) { project { id } } }'
Headers = list[tuple[str, str]]


@pytest.fixture
async def behind(start: Start) -> Vouched:
    """A server behind gateways at two networks."""
    settings = {"gateway_secret": SecretStr(SECRET), "gateway_peers": "127.0.0.1 10.1.0.0/16 2001:db8::/64"}
    return vouched(await start(), **settings)


async def who(behind: Vouched, headers: Any, peer: str | None = None) -> Any:  # noqa: ANN401  any JSON
    """Return the answer that tells who asks."""
    response = await behind.post(VIEWER, headers=headers, peer=peer)
    assert response.status_code == 200, response.text
    return response.json()


def signed_in_as(login: str) -> dict[str, Any]:
    """Return the answer of somebody."""
    return {"data": {"viewer": {"user": {"login": login}}}}


async def test_a_trusted_gateway_signs_people_in_with_name_and_groups(behind: Vouched) -> None:
    headers = [*ANA, ("X-NBInsight-Name", "Ana, an analyst"), ("X-NBInsight-Groups", "analysts, all ,,with space")]
    answer = await behind.post(WHO, headers=headers)
    assert answer.json() == {"data": {"viewer": {"user": {"login": "ana", "displayName": "Ana, an analyst"}}}}
    assert await behind.groups("ana") == ["gateway:all", "gateway:analysts", "gateway:with space"]


@pytest.mark.parametrize("peer", ["127.0.0.1", "10.1.0.1", "10.1.255.255", "::ffff:127.0.0.1", "::ffff:10.1.2.3", "2001:db8::1"])
async def test_every_address_of_the_networks_is_trusted(behind: Vouched, peer: str) -> None:
    assert await who(behind, ANA, peer) == signed_in_as("ana")


@pytest.mark.parametrize(
    "peer", ["127.0.0.2", "10.2.0.1", "::1", "::ffff:10.2.0.1", "2001:db8:0:1::1", "::ffff:0:127.0.0.1", "::127.0.0.1", "somewhere"]
)
async def test_the_right_secret_from_anywhere_else_is_nobody(behind: Vouched, peer: str) -> None:
    before = await behind.world.state()
    assert await who(behind, ANA, peer) == NOBODY
    assert await behind.world.state() == before


@pytest.mark.parametrize(
    "secret",
    [
        [],
        [""],
        ["wrong"],
        [SECRET[:-1]],
        [SECRET + "x"],
        [SECRET.upper()],
        [SECRET, SECRET],
        [SECRET, "wrong"],
        ["wrong", SECRET],
        [f"{SECRET}, {SECRET}"],
    ],
    ids=["none", "empty", "wrong", "short", "long", "case", "twice", "first", "second", "joined"],
)
async def test_without_the_secret_once_a_trusted_address_is_nobody(behind: Vouched, secret: list[str]) -> None:
    before = await behind.world.state()
    headers = [*(("X-NBInsight-Gateway-Secret", each) for each in secret), ("X-NBInsight-User", "ana")]
    assert await who(behind, headers) == NOBODY
    assert (await behind.post(CREATE, headers=headers)).json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert await behind.world.state() == before


async def test_without_the_setting_headers_are_nobody(start: Start) -> None:
    assert await who(vouched(await start()), ANA) == NOBODY


async def test_a_secret_that_is_not_ascii_is_compared_byte_for_byte(start: Start) -> None:
    secret = "ä-secret-of-the-gateway-and-of-ours"
    behind = vouched(await start(), gateway_secret=SecretStr(secret))
    async with behind.client() as client:
        raw = {b"X-NBInsight-Gateway-Secret": secret.encode(), b"X-NBInsight-User": b"ana", b"content-type": b"application/json"}
        assert (await client.post("/graphql", json={"query": VIEWER}, headers=raw)).json() == signed_in_as("ana")
        raw[b"X-NBInsight-Gateway-Secret"] = secret.encode("latin-1")
        assert (await client.post("/graphql", json={"query": VIEWER}, headers=raw)).json() == NOBODY


async def test_a_gateway_that_names_nobody_is_nobody(behind: Vouched) -> None:
    assert await who(behind, ANA[:1]) == NOBODY
    assert await who(behind, [*ANA[:1], ("X-NBInsight-Groups", "admins")]) == NOBODY


@pytest.mark.parametrize("case", [str.lower, str.upper, str.title])
async def test_the_case_of_a_header_does_not_matter(behind: Vouched, case: Any) -> None:  # noqa: ANN401  a function of a text
    assert await who(behind, [(case(name), value) for name, value in ANA]) == signed_in_as("ana")


async def test_names_with_underscores_are_other_headers(behind: Vouched) -> None:
    assert await who(behind, [*ANA[:1], ("X_NBInsight_User", "admin")]) == NOBODY


@pytest.mark.parametrize(
    "more",
    [
        [("X-NBInsight-User", "admin")],
        [("x-nbinsight-user", "ana")],
        [("X-NBInsight-Name", "Ana"), ("X-NBInsight-Name", "Admin")],
        [("X-NBInsight-Groups", "all"), ("X-NBInsight-Groups", "admins")],
    ],
    ids=["user", "same-user", "name", "groups"],
)
async def test_a_header_that_is_there_twice_is_refused(behind: Vouched, more: Headers) -> None:
    before = await behind.world.state()
    for headers in ([*ANA, *more], [*ANA[:1], *more, *ANA[1:]]):
        refused(await behind.post(VIEWER, headers=headers))
    assert await behind.world.state() == before


@pytest.mark.parametrize(
    "name",
    [
        b"",
        b" ",
        b"ana, admin",
        b"ana,admin",
        b"a\x01b",
        b"a\tb",
        b"a\x7fb",
        "a\x85b".encode(),
        b"\xe4na",
        b"\xff",
        "a\ud800".encode(errors="surrogatepass"),
        b"x" * 256,
    ],
    ids=["empty", "blank", "two", "two-tight", "control", "tab", "delete", "c1", "latin-1", "no-text", "surrogate", "long"],
)
async def test_a_name_that_cannot_be_anybodys_is_refused(behind: Vouched, name: bytes) -> None:
    before = await behind.world.state()
    headers = [(b"X-NBInsight-Gateway-Secret", SECRET.encode()), (b"X-NBInsight-User", name)]
    refused(await behind.post(VIEWER, headers=headers))
    assert await behind.world.state() == before


async def test_names_are_utf_8(behind: Vouched) -> None:
    headers = [
        (b"X-NBInsight-Gateway-Secret", SECRET.encode()),
        (b"X-NBInsight-User", "zoë@example.org".encode()),
        (b"X-NBInsight-Name", "Zoë 🙂".encode()),
        (b"X-NBInsight-Groups", "Größen,日本".encode()),
    ]
    user = (await behind.post(WHO, headers=headers)).json()["data"]["viewer"]["user"]
    assert user["displayName"] == "Zoë 🙂"
    assert await behind.groups(user["login"]) == ["gateway:Größen", "gateway:日本"]


async def test_a_token_beside_the_headers_counts_alone(behind: Vouched) -> None:
    token = ("Authorization", f"Bearer {behind.world.tokens['analyst']}")
    assert await who(behind, [*ANA, token]) == signed_in_as("analyst")
    for wrong in ("Bearer nbi_wrong", "Basic YWRtaW46"):
        refused(await behind.post(VIEWER, headers=[*ANA, ("Authorization", wrong)]))
    for empty in ("", "Bearer"):
        refused(await behind.post(VIEWER, headers=[*ANA, ("Authorization", empty)]), NO_TOKEN)


async def test_a_user_of_ours_is_not_joined_by_name(behind: Vouched) -> None:
    assert await who(behind, [*ANA[:1], ("X-NBInsight-User", "admin")]) == signed_in_as("admin@gateway")
    [(user_id,)] = await behind.world.rows("SELECT id FROM user_account WHERE login = 'admin@gateway'")
    assert kind_of(user_id) is Kind.USER
    assert user_id != behind.world.ids["admin"]


async def test_groups_are_those_of_the_newest_request(behind: Vouched) -> None:
    analyst, visitor = ([*ANA, ("X-NBInsight-Groups", group)] for group in ("analysts", "visitors"))
    assert await who(behind, analyst) == signed_in_as("ana")
    await behind.world.ok("admin", GRANT, group="gateway:analysts")
    assert (await behind.post(PROJECT, headers=analyst)).json() == {"data": {"project": {"key": "SALES"}}}
    assert (await behind.post(PROJECT, headers=visitor)).json() == {"data": {"project": None}}
    assert (await behind.post(PROJECT, headers=ANA)).json() == {"data": {"project": None}}
    assert await behind.groups("ana") == []


async def test_who_is_deactivated_here_is_out_with_the_next_request(behind: Vouched) -> None:
    assert await who(behind, ANA) == signed_in_as("ana")
    async with behind.world.application.parts.database.writing() as session:
        await session.execute(text("UPDATE user_account SET active = false WHERE login = 'ana'"))
    refused(await behind.post(VIEWER, headers=ANA))


async def test_what_pages_of_other_sites_can_send_changes_nothing(behind: Vouched) -> None:
    """A browser that is signed in at the gateway sends its cookie along with these, and asks nobody."""
    assert await who(behind, ANA) == signed_in_as("ana")
    before = await behind.world.state()
    operation = f'{{"query": "{CREATE.replace(chr(34), chr(92) + chr(34))}"}}'.encode()
    page = [*ANA, ("Origin", "https://evil.example")]
    async with behind.client() as client:
        for content_type in (
            "application/x-www-form-urlencoded",
            "text/plain",
            "text/plain;charset=application/json",
            "",
            "multipart/form-data",
        ):
            response = await client.post("/graphql", content=operation, headers=[*page, ("Content-Type", content_type)])
            assert response.status_code in {400, 415}, content_type
        form = {"operations": (None, operation), "map": (None, b"{}")}
        response = await client.post("/graphql", files=form, headers=page)
        assert response.status_code == 400
        response = await client.get("/graphql", params={"query": CREATE}, headers=page)
        assert response.status_code == 405
        response = await client.options("/graphql", headers=[*page, ("Access-Control-Request-Method", "POST")])
        assert [name for name in response.headers if name.startswith("access-control")] == []
    assert await behind.world.state() == before


@pytest.mark.parametrize("trusting", ["127.0.0.1", "*"])
def test_a_client_cannot_choose_where_it_comes_from(tmp_path_factory: pytest.TempPathFactory, trusting: str) -> None:
    """As it is served: the address is the connection's, whatever proxies may say of callers."""
    for peers, forwarded, login in (("10.9.9.9", "10.9.9.9", None), ("127.0.0.1", "10.9.9.9", "ana"), ("10.9.9.9", "", None)):
        given = {"NBINSIGHT_GATEWAY_SECRET": SECRET, "NBINSIGHT_GATEWAY_PEERS": peers, "FORWARDED_ALLOW_IPS": trusting}
        with serving(cwd=tmp_path_factory.mktemp("served"), **given) as server:
            for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP"):
                headers = [*ANA, *([(header, forwarded)] if forwarded else [])]
                answer = httpx2.post(server.address, json={"query": VIEWER}, headers=headers).json()
                assert answer == (NOBODY if login is None else signed_in_as(login))


async def test_where_another_server_may_have_replaced_the_address_nobody_is_believed(behind: Vouched) -> None:
    """`server.asgi` behind a server that takes X-Forwarded-For for the client's address: it looks as if that came from there."""
    assert await who(behind, [*ANA, ("X-Forwarded-For", "127.0.0.1")], "127.0.0.1") == NOBODY
