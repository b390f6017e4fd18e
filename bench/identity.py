"""Measures what it costs to know who asks, a request: a JWT at first sight, one that is known, and an access token, in process."""

# ruff: noqa: D103  a script that is read as a whole

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from joserfc.jwk import ECKey

from bench.tables import quiet, table
from server.auth.authenticate import Authenticator
from server.auth.credentials import Credentials
from server.auth.foreign import ForeignUsers
from server.db import migrate
from server.db.session import Database
from server.domain.ids import new_id
from tests.fixtures.world import World, end_world, make_world, settings_for
from tests.integration.http.issuing import FakeIssuer, jwts

ROUNDS: Final = 500
GROUPS: Final = [f"group-{number}" for number in range(20)]


def now() -> datetime:
    return datetime.now(UTC)


async def started(folder: Path) -> World:
    url = f"sqlite:///{folder}/bench.db"
    database = Database(url)
    await migrate.upgrade(database)
    await database.close()
    return await make_world(settings_for(url, folder))


async def measured(authenticator: Authenticator, tokens: Sequence[str]) -> str:
    taken = list[float]()
    for token in tokens:
        start = time.process_time()
        assert await authenticator.by_credentials(Credentials(f"Bearer {token}")) is not None
        taken.append((time.process_time() - start) * 1e6)
    taken.sort()
    return f"{statistics.median(taken):,.0f} | {taken[len(taken) * 99 // 100]:,.0f}"


async def main() -> int:
    quiet()
    with tempfile.TemporaryDirectory() as folder:
        world = await started(Path(folder))
        database, start = world.application.parts.database, now()
        rsa = FakeIssuer()
        curve = FakeIssuer("curve", "https://curve.example", ECKey.generate_key("P-256", {"kid": "first"}), algorithm="ES256")
        authenticator = Authenticator(database, now, [jwts([rsa, curve], ForeignUsers(database, now, new_id), now)])
        rows = list[tuple[str, str]]()
        for name, issuer in (("RS256", rsa), ("ES256", curve)):
            people = [issuer.token(start, sub=f"s{number}", preferred_username=f"p{number}", groups=GROUPS) for number in range(100)]
            rows.append((f"JWT, {name}, of somebody new", await measured(authenticator, people)))
            others = [issuer.token(start, sub="s1", jti=str(number), groups=GROUPS) for number in range(ROUNDS)]
            rows.append((f"JWT, {name}, not seen yet, of somebody known", await measured(authenticator, others)))
            rows.append((f"JWT, {name}, seen within a minute", await measured(authenticator, others[-1:] * ROUNDS)))
        mine = [await world.token(world.ids["analyst"]) for _ in range(100)]
        rows.append(("access token, not seen yet", await measured(authenticator, mine)))
        rows.append(("access token, seen before, no row changed since", await measured(authenticator, mine[-1:] * ROUNDS)))
        await end_world(world)
    table(("what is shown", "CPU, median, µs", "99th of 100, µs"), [(name, *figures.split(" | ")) for name, figures in rows])
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
