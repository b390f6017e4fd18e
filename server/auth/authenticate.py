"""From what a request brings along to a viewer, with the rights of now.

To look somebody up takes two statements. What they came to holds for as long as no row of the database has changed, and whether any has is
asked each time (`db/changes.py`): what is revoked ends with the next request, whoever revoked it and in whatever process. What others
vouch for is asked again after a minute at the latest.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final

from server.auth.credentials import Credentials, IdentityProvider, NoToken, Proof, WrongToken
from server.auth.providers.access_tokens import AccessTokens
from server.auth.sign_ins import Refusals
from server.auth.viewer import Viewer
from server.db.repositories import identities
from server.db.session import Database
from server.domain.grants import expand, expand_globally
from server.domain.ids import Kind, kind_of, new_id
from server.domain.measures import UNMEASURED, Measures

_MOST: Final = 1024
"""Viewers that are remembered; one with grants on 1,000 projects takes some 100 kB."""


@dataclass(frozen=True, slots=True)
class _Known:
    viewer: Viewer
    proof: Proof
    state: str | None


class Authenticator:
    """Asks each provider in turn; looks up again what may have changed since."""

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        others: Sequence[IdentityProvider] = (),
        *,
        measures: Measures = UNMEASURED,
    ) -> None:
        """Take the database, the time, the providers beside access tokens of ours, which come first, and who counts refusals."""
        self._database, self.clock = database, clock
        self._providers: tuple[IdentityProvider, ...] = (AccessTokens(database, clock), *others)
        self._refusals = Refusals(database, clock, new_id, measures)
        self._known: OrderedDict[tuple[IdentityProvider, str], _Known] = OrderedDict()

    async def by_credentials(self, credentials: Credentials, *, again: bool = False) -> Viewer | None:
        """Return who sent them, None for nobody; raises WrongToken for an Authorization that is not good, and ProviderAway.

        `again`: they were good a moment ago, so that it is nobody's attempt if they are not any more.
        """
        for provider in self._providers:
            key = provider.recognize(credentials)
            if key is not None:
                try:
                    return await self._viewer(provider, key, partial(provider.prove, credentials))
                except WrongToken as refused:
                    if not again:
                        await self._refusals.note(type(provider).__name__, refused)
                    raise
        if credentials.authorization is not None:
            unknown = NoToken() if credentials.is_empty else WrongToken("of no kind that is accepted")
            await self._refusals.note("none", unknown)
            raise unknown
        return None

    def is_named(self, credentials: Credentials) -> bool:
        """Tell whether they say who somebody is, be it so or not."""
        return any(provider.recognize(credentials) is not None for provider in self._providers)

    async def by_holder(self, holder: str) -> Viewer | None:
        """Return whom a holder leads to, to let them read; None if that does not work any more. Raises ProviderAway."""
        provider = next((each for each in self._providers if each.issued(holder)), None)
        if provider is None:
            return None
        try:
            return await self._viewer(provider, holder, partial(provider.prove_again, holder))
        except WrongToken:
            return None

    async def _viewer(self, provider: IdentityProvider, key: str, prove: Callable[[], Awaitable[Proof]]) -> Viewer:
        now, place = self.clock(), (provider, key)
        state = await self._database.changes.state()  # before anything else is read
        known = self._known.pop(place, None)
        unchanged = known is not None and state is not None and known.state == state
        if known is None or not known.proof.stands(now, unchanged=unchanged):
            known = await self._looked_up(await prove(), state)
        elif not unchanged:
            known = await self._looked_up(known.proof, state)
        await provider.used(known.proof)
        self._known[place] = known
        if len(self._known) > _MOST:
            self._known.popitem(last=False)
        return known.viewer

    async def _looked_up(self, proof: Proof, state: str | None) -> _Known:
        if not proof.stands(self.clock(), unchanged=True):
            reason = "expired"
            raise WrongToken(reason, proof.user_id)
        async with self._database.reading() as session:
            rights = await identities.get_rights(session, proof.user_id)
        if rights is None:
            reason = "a user who is not active"
            raise WrongToken(reason, proof.user_id)
        return _Known(_viewer_of(proof, rights), proof, state)


def _viewer_of(proof: Proof, rights: identities.Rights) -> Viewer:
    return Viewer(
        user_id=proof.user_id,
        login=rights.login,
        holder=proof.holder,
        can_write=proof.can_write,
        ends_at=proof.ends_at,
        vouched_for=kind_of(proof.holder) is not Kind.ACCESS_TOKEN,
        known_until=proof.good_until,
        global_permissions=expand_globally(rights.everywhere),
        projects={project_id: expand(granted) for project_id, granted in rights.on_projects.items()},
    )
