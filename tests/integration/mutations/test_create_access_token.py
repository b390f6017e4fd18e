"""createAccessToken: never wider or longer-lived than the token used."""

from datetime import UTC, datetime, timedelta

from server.db.models import AccessTokenRow
from tests.fixtures.world import World
from tests.integration.mutations.asking import ask, bad_names, check_faults, do, forbidden, token_for_reading

FIELD = "createAccessToken"
ME = "query { viewer { user { login } accessTokens { name scope expiresAt } } }"


def soon(**ahead: float) -> str:
    return (datetime.now(UTC) + timedelta(**ahead)).isoformat()


async def test_a_new_token_signs_its_maker_in_with_its_scope(world: World) -> None:
    reads = await do(world, "coder", FIELD, name="  laptop ")
    writes = await do(world, "coder", FIELD, name="build", scope="WRITE", expiresAt=soon(days=30))
    assert (reads["accessToken"]["name"], reads["accessToken"]["scope"], reads["accessToken"]["expiresAt"]) == ("laptop", "READ", None)
    world.tokens |= {"coder:reads": reads["token"], "coder:writes": writes["token"]}
    for who in ("coder:reads", "coder:writes"):
        viewer = (await world.ok(who, ME))["viewer"]
        assert viewer["user"] == {"login": "coder"}
        assert [(token["name"], token["scope"]) for token in viewer["accessTokens"]] == [
            ("test", "WRITE"),
            ("laptop", "READ"),
            ("build", "WRITE"),
        ]
    assert await forbidden(world, "coder:reads", "createDashboard", projectKey="SALES", name="x") == ["TOKEN_SCOPE_WRITE"]
    await do(world, "coder:writes", "createDashboard", projectKey="SALES", name="x")


async def test_the_secret_is_neither_stored_nor_shown_again(world: World) -> None:
    secret = (await do(world, "coder", FIELD, name="laptop"))["token"]
    stored = repr(await world.rows("SELECT * FROM access_token"))
    assert secret not in stored
    assert secret[4:40] not in stored
    assert secret not in repr(await world.ok("coder", ME))


async def test_a_token_lives_no_longer_than_the_one_it_was_made_with(world: World) -> None:
    ends = soon(hours=1)
    world.tokens["coder:short"] = (await do(world, "coder", FIELD, name="short", scope="WRITE", expiresAt=ends))["token"]
    child = await do(world, "coder:short", FIELD, name="child", scope="WRITE")
    assert datetime.fromisoformat(child["accessToken"]["expiresAt"]) == datetime.fromisoformat(ends), "absent: when the one used ends"
    await do(world, "coder:short", FIELD, name="grandchild", expiresAt=soon(minutes=59))
    longer = [({"expiresAt": soon(**ahead)}, "InvalidInput", ["expiresAt"]) for ahead in ({"hours": 1, "seconds": 30}, {"days": 3000})]
    await check_faults(world, "coder:short", FIELD, {"name": "longer"}, *longer)


async def test_a_token_that_may_only_read_makes_none(world: World) -> None:
    reading = await token_for_reading(world, "admin")
    for scope in ("READ", "WRITE"):
        assert await forbidden(world, reading, FIELD, name="wider", scope=scope) == ["TOKEN_SCOPE_WRITE"]


async def test_a_name_or_time_that_cannot_be_is_refused(world: World) -> None:
    times = ("2020-01-01T00:00:00Z", soon(seconds=-1), "2999-01-01T00:00:00", "2999-01-01", "0001-01-01T00:00:00+14:00")
    wrong = [({"expiresAt": time}, "InvalidInput", ["expiresAt"]) for time in (*times, "9999-12-31T23:59:59-14:00")]
    await check_faults(world, "coder", FIELD, {"name": "laptop"}, *bad_names(), *wrong)
    for time in ("tomorrow", "", 5, "x" * 10_000, "2030-02-30T00:00:00Z"):
        answer = await ask(world, "coder", FIELD, {"name": "laptop", "expiresAt": time})
        assert "INTERNAL" not in repr(answer)
        assert not (answer.get("data") or {}).get(FIELD)


async def test_the_last_moment_that_can_be_written_is_accepted(world: World) -> None:
    made = await do(world, "coder", FIELD, name="laptop", expiresAt="9999-12-31T23:59:59Z")
    world.tokens["coder:last"] = made["token"]
    assert (await world.ok("coder:last", ME))["viewer"]["user"] == {"login": "coder"}


async def test_an_expired_token_is_unknown(world: World) -> None:
    made = await do(world, "coder", FIELD, name="laptop", expiresAt=soon(hours=1))
    async with world.application.parts.database.writing() as session:
        token = await session.get_one(AccessTokenRow, made["accessToken"]["id"])
        token.expires_at = datetime.now(UTC) - timedelta(seconds=1)
    response = await world.client.post("/graphql", json={"query": ME}, headers={"authorization": f"Bearer {made['token']}"})
    assert (response.status_code, response.json()["errors"][0]["extensions"]) == (401, {"code": "UNAUTHENTICATED"})


async def test_nobody_makes_a_token(world: World) -> None:
    before, events = await world.state(), await world.events()
    answer = await ask(world, None, FIELD, {"name": "laptop"})
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "UNAUTHENTICATED"}]
    assert (await world.state(), await world.events()) == (before, events)


async def test_a_stranger_without_any_grant_makes_a_token(world: World) -> None:
    """Requires nothing but being signed in."""
    assert (await do(world, "stranger", FIELD, name="mine"))["token"].startswith("nbi_")
