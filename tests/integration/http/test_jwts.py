"""JWTs, with keys and a clock that the test has in its hands; a real provider is in `tests/identity`."""

import base64
import json
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from structlog.testing import capture_logs

from server.auth.foreign import ForeignUsers
from server.domain.ids import new_id
from tests.fixtures.listening import calling, listening
from tests.fixtures.world import World
from tests.integration.http.issuing import FakeIssuer, jwts
from tests.integration.http.serving import Clock, app_of, client_of

WHO: Final = "{ viewer { user { login displayName } } }"
CREATE: Final = 'mutation { createProject(input: {key: "NEW", name: "New"}) { project { key } errors { code } } }'
START: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECONDS: Final = int(START.timestamp())
SIGNATURE: Final = "a signature that is not its issuer's"
OTHER: Final = RSAKey.generate_key(2048, {"kid": "first"})


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Nothing here depends on the database."""
    return sqlite_url


@pytest.fixture
def clock() -> Clock:
    return Clock(START)


def trusting(world: World, clock: Clock, *issuers: FakeIssuer) -> httpx2.AsyncClient:
    users = ForeignUsers(world.application.parts.database, clock, new_id)
    return client_of(world, clock=clock, providers=[jwts(issuers, users, clock)])


def coded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


async def sent(client: httpx2.AsyncClient, token: str, query: str = WHO) -> httpx2.Response:
    return await client.post("/graphql", json={"query": query}, headers={"authorization": f"Bearer {token}"})


async def login_of(client: httpx2.AsyncClient, token: str) -> str:
    response = await sent(client, token)
    assert response.status_code == 200, response.text
    return str(response.json()["data"]["viewer"]["user"]["login"])


async def reason_of(client: httpx2.AsyncClient, token: str) -> str:
    """Send a token that must be refused; return the reason, which the log alone tells."""
    with capture_logs() as lines:
        response = await sent(client, token, CREATE)
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"})
    [line] = [line for line in lines if line["event"] == "sign-in refused"]
    assert line["provider"] == "Jwts"
    return str(line["reason"])


async def nobody_came(world: World) -> bool:
    return await world.rows("SELECT * FROM foreign_identity") == [] and await world.rows("SELECT * FROM project WHERE key = 'NEW'") == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"aud": "another"}, "not for us: the claim aud"),
        ({"aud": ["another", "third"]}, "not for us: the claim aud"),
        ({"aud": None}, "not for us: the claim aud"),
        ({"aud": 5}, "not for us: the claim aud"),
        ({"iss": "https://another.example"}, "an issuer that is not configured"),
        ({"iss": "https://issuer.example/"}, "an issuer that is not configured"),
        ({"iss": ["https://issuer.example"]}, "an issuer that is not configured"),
        ({"iss": None}, "an issuer that is not configured"),
        ({"exp": SECONDS - 30}, "expired"),
        ({"exp": None}, "not for us: the claim exp"),
        ({"exp": "tomorrow"}, "not for us: the claim exp"),
        ({"exp": True}, "not for us: the claim exp"),
        ({"nbf": SECONDS + 31}, "not for us: the claim nbf"),
        ({"iat": SECONDS + 31}, "not for us: the claim iat"),
        ({"sub": None}, "not for us: the claim sub"),
        ({"sub": ""}, "not for us: the claim sub"),
        ({"sub": 7}, "not for us: the claim sub"),
        ({"sub": "x" * 256}, "a subject that is empty, too long or no text"),
        ({"sub": "nul \0"}, "a subject that is empty, too long or no text"),
        ({"cnf": {"jkt": "a thumbprint"}}, "bound to a key of its holder, who cannot show it here"),
    ],
)
async def test_claims_that_are_not_for_us_sign_nobody_in(world: World, clock: Clock, given: dict[str, Any], reason: str) -> None:
    issuer = FakeIssuer()
    client = trusting(world, clock, issuer)
    assert await reason_of(client, issuer.token(START, **given)) == reason
    assert await nobody_came(world)
    assert await login_of(client, issuer.token(START)) == "ana", "the same token without the fault"


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"typ": "logout+jwt"}, "a token of another kind"),
        ({"typ": "dpop+jwt"}, "a token of another kind"),
        ({"typ": 7}, "a token of another kind"),
        ({"crit": ["exp"]}, "a token of another kind"),
        ({"kid": None}, "no id of the key that signed it"),
        ({"kid": ["first"]}, "no id of the key that signed it"),
        ({"kid": "unknown"}, "a key that its issuer does not have"),
    ],
)
async def test_headers_of_another_kind_sign_nobody_in(world: World, clock: Clock, header: dict[str, Any], reason: str) -> None:
    issuer = FakeIssuer()
    client = trusting(world, clock, issuer)
    content = json.dumps(issuer.claims(START)).encode()
    merged = {name: value for name, value in ({"alg": "RS256", "kid": "first"} | header).items() if value is not None}
    assert await reason_of(client, made(merged, content, issuer.key)) == reason
    assert await nobody_came(world)


def made(header: object, payload: bytes, key: RSAKey | ECKey) -> str:
    """Sign by hand, whatever the header says."""
    signed = f"{coded(json.dumps(header).encode())}.{coded(payload)}"
    algorithm = jws.JWSRegistry.algorithms["RS256"]
    return f"{signed}.{coded(algorithm.sign(signed.encode(), key))}"


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt", None])
async def test_a_token_of_our_kind_signs_in_whatever_its_type_is_called(world: World, clock: Clock, typ: str | None) -> None:
    issuer = FakeIssuer()
    header = {"alg": "RS256", "kid": "first"} | ({} if typ is None else {"typ": typ})
    token = made(header, json.dumps(issuer.claims(START)).encode(), issuer.key)
    assert await login_of(trusting(world, clock, issuer), token) == "ana"


@pytest.mark.parametrize(
    "token",
    [
        "..",
        "a.b.c",
        "e30.e30.",
        f"{coded(b'[]')}.{coded(b'{}')}.x",
        f"{coded(b'7')}.{coded(b'{}')}.x",
        f"{coded(b'{}')}.{coded(b'[]')}.x",
        f"{coded(b'[' * 9000)}.{coded(b'{}')}.x",
        f"{coded(b'{}')}.{coded(b'[' * 9000)}.x",
        f"{coded(bytes(range(256)))}.{coded(bytes(range(256)))}.x",
        "é.é.é",
        coded(b'{"alg": "RS256", "b64": false}') + ".{}.x",
        coded(b'{"alg": ["RS256"], "kid": {}}') + "." + coded(b'{"iss": "https://issuer.example"}') + ".x",
    ],
)
async def test_what_is_no_jwt_signs_nobody_in(world: World, clock: Clock, token: str) -> None:
    with capture_logs() as lines:
        response = await trusting(world, clock, FakeIssuer()).post(
            "/graphql", json={"query": CREATE}, headers=[(b"authorization", f"Bearer {token}".encode("latin-1"))]
        )
    assert response.status_code == 401
    assert [line["event"] for line in lines] == ["sign-in refused"]
    assert await nobody_came(world)


async def test_an_algorithm_that_is_not_named_signs_nobody_in(world: World, clock: Clock) -> None:
    """Not even with the issuer's own key, and not those that need no key or a shared one."""
    narrow = FakeIssuer(more={"algorithms": ("ES256", "RS384")})
    client = trusting(world, clock, narrow)
    claims = coded(json.dumps(narrow.claims(START)).encode())
    heads = [coded(json.dumps({"alg": algorithm, "kid": "first"}).encode()) for algorithm in ("none", "HS256", "RS512", "")]
    for token in (narrow.token(START), *(f"{head}.{claims}.{coded(b'x')}" for head in heads)):
        assert await reason_of(client, token) == "an algorithm that the settings do not name for its issuer"
    assert await nobody_came(world)
    assert await login_of(trusting(world, clock, FakeIssuer()), narrow.token(START)) == "ana", "where the settings name it"


async def test_a_signature_by_another_key_of_the_same_id_signs_nobody_in(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    client = trusting(world, clock, issuer)
    assert await reason_of(client, FakeIssuer(key=OTHER).token(START)) == SIGNATURE
    assert await nobody_came(world)


@pytest.mark.parametrize("end", [2**63, 1e300, SECONDS + 10**9])
async def test_a_token_that_never_ends_is_accepted_and_looked_at_again(world: World, clock: Clock, end: float) -> None:
    issuer = FakeIssuer()
    assert await login_of(trusting(world, clock, issuer), issuer.token(START, exp=end)) == "ana"


async def test_clocks_may_differ_by_half_a_minute(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    client = trusting(world, clock, issuer)
    assert await login_of(client, issuer.token(START, exp=SECONDS - 29)) == "ana"
    assert await login_of(client, issuer.token(START, nbf=SECONDS + 30, iat=SECONDS + 30)) == "ana"


async def test_a_token_ends_half_a_minute_after_its_end_and_not_later(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    client, token = trusting(world, clock, issuer), issuer.token(START, exp=SECONDS + 20)
    assert await login_of(client, token) == "ana"
    clock.move(seconds=49.9)
    assert await login_of(client, token) == "ana"
    clock.move(seconds=0.1)
    assert await reason_of(client, token) == "expired"


async def test_a_key_that_its_issuer_withdrew_ends_its_tokens_when_keys_are_fetched_again(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    client, token = trusting(world, clock, issuer), issuer.token(START, exp=SECONDS + 3600)
    assert await login_of(client, token) == "ana"
    issuer.key = RSAKey.generate_key(2048, {"kid": "second"})
    clock.move(seconds=299)
    assert await login_of(client, token) == "ana", "keys are five minutes old at most"
    clock.move(seconds=61)
    assert await reason_of(client, token) == "a key that its issuer does not have"
    assert await login_of(client, issuer.token(clock.now)) == "ana"
    assert issuer.fetches == 2


async def test_two_issuers_with_the_same_subject_and_login_are_two_people(world: World, clock: Clock) -> None:
    corp, other = FakeIssuer(), FakeIssuer("other", "https://other.example", OTHER)
    client = trusting(world, clock, corp, other)
    assert await login_of(client, corp.token(START)) == "ana"
    assert await login_of(client, other.token(START)) == "ana@other"
    assert await login_of(client, corp.token(START)) == "ana"
    crossed = FakeIssuer("corp", corp.address, OTHER).token(START)
    assert await reason_of(client, crossed) == SIGNATURE, "a key is good for its own issuer alone"


@pytest.mark.parametrize(
    ("given", "may"),
    [
        ({"scope": "openid nbinsight:write"}, True),
        ({"scp": ["openid", "nbinsight:write"]}, True),
        ({"scp": "nbinsight:write"}, True),
        ({"scope": "openid"}, False),
        ({"scope": "nbinsight:writer"}, False),
        ({"scope": {"nbinsight:write": True}}, False),
        ({}, False),
    ],
)
async def test_without_the_scope_that_writes_a_token_reads(world: World, clock: Clock, given: dict[str, Any], *, may: bool) -> None:
    issuer = FakeIssuer(more={"write_scope": "nbinsight:write"})
    client, token = trusting(world, clock, issuer), issuer.token(START, **given)
    assert await login_of(client, token) == "ana"
    errors = (await sent(client, token, CREATE)).json()["errors"]
    assert ("TOKEN_SCOPE_WRITE" in str(errors)) is not may
    assert [error["extensions"]["code"] for error in errors] == ["FORBIDDEN"]


async def test_a_content_address_works_until_its_token_ends(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    client, token = trusting(world, clock, issuer), issuer.token(START, exp=SECONDS + 70)
    url = await address_of(world, client, token)
    assert (await client.get(url)).status_code == 200
    clock.move(seconds=99)
    assert (await client.get(url)).status_code == 200
    clock.move(seconds=1)
    assert (await client.get(url)).status_code == 404


async def test_a_content_address_and_a_token_end_when_their_user_is_deactivated(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    client, token = trusting(world, clock, issuer), issuer.token(START)
    url = await address_of(world, client, token)
    await world.ok("admin", 'mutation { deactivateUser(input: {login: "ana"}) { user { active } errors { message } } }')
    assert (await client.get(url)).status_code == 404
    assert await reason_of(client, token) == "a user who is not active"
    assert await world.events() == [
        ("coder", "saveNotebook", "ALLOWED"),
        ("coder", "publishNotebook", "ALLOWED"),
        ("ana", "signIn", "ALLOWED"),
        ("admin", "setProjectPermissions", "ALLOWED"),
        ("admin", "deactivateUser", "ALLOWED"),
        ("ana", "signIn", "DENIED"),
    ]


async def address_of(world: World, client: httpx2.AsyncClient, token: str) -> str:
    """Publish something, let somebody see it, and return the address that they get."""
    made = await world.publish(await world.save(), world.ids["SALES dashboard"])
    assert await login_of(client, token) == "ana"
    grant = """mutation { setProjectPermissions(input: {projectKey: "SALES", userLogin: "ana", permissions: [READ_PROJECT_CONTENT]})
        { errors { message } } }"""
    await world.ok("admin", grant)
    query = f'{{ export(id: "{made["export"]}") {{ rendering {{ url }} }} }}'
    return str((await sent(client, token, query)).json()["data"]["export"]["rendering"]["url"])


async def test_a_socket_closes_when_its_token_ends(world: World, clock: Clock) -> None:
    issuer = FakeIssuer()
    users = ForeignUsers(world.application.parts.database, clock, new_id)
    app = app_of(world, clock=clock, providers=[jwts([issuer], users, clock)], settings={"live_check_seconds": 0.05})
    async with listening(app) as address, calling(address) as line:
        await line.init(f"Bearer {issuer.token(START, exp=SECONDS + 20)}")
        assert (await line.answer("1", WHO))["data"]["viewer"]["user"]["login"] == "ana"
        clock.move(seconds=50)
        assert await line.closed() == (4403, "Forbidden")
