"""What `nbinsight doctor` says of issuers, and of one token."""

import secrets
import sys
from typing import Final

from typing_extensions import override

from server.auth.credentials import Credentials, IdentityProvider, Proof, ProviderAway, WrongToken
from server.auth.foreign import ForeignIdentity, ForeignUsers, Preview
from server.auth.providers.access_tokens import AccessTokens
from server.auth.providers.key_sets import FETCH_FAULTS, fetcher, usable
from server.auth.providers.opening import providers_of
from server.auth.secret_key import find_secret_key
from server.cli.failures import CommandFailed
from server.config import Issuer, without_secrets
from server.context import Parts
from server.db.repositories import identities
from server.domain.counts import counted

_LONGEST: Final = 64 * 1024
_NOBODY: Final = "-"
_KEY_BYTES: Final = 32


async def look_at(issuer: Issuer) -> tuple[str, str | None]:
    """Fetch an issuer's keys; return what was found, and what is wrong, if anything is."""
    try:
        keys = usable(await fetcher(issuer)())
    except FETCH_FAULTS as error:
        said = f"no keys from {issuer.key_set_url or issuer.issuer}: {type(error).__name__}{f', {error}' if str(error) else ''}."
        return "", without_secrets(said)
    if not keys:
        return "", "it answers, but shows no key that signs and has an id: its tokens are all refused."
    return f"answers with {counted(len(keys), 'key')}", None


class _Onlooker(ForeignUsers):
    """Finds people, and makes nobody."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.database, parts.clock, parts.new_id)
        self.seen: tuple[ForeignIdentity, Preview] | None = None

    @override
    async def user_id_of(self, identity: ForeignIdentity) -> str:
        preview = await self.preview(identity)
        self.seen = (identity, preview)
        return preview.user_id or _NOBODY


def read_token() -> str:
    """Read a token from stdin: on a command line, everybody on the machine could read it."""
    return sys.stdin.read(_LONGEST).strip()


async def explained(parts: Parts, token: str) -> list[str]:
    """Tell what a token would be, line by line; nothing is changed. Raises CommandFailed with the reason for which it is refused."""
    users = _Onlooker(parts)
    key = find_secret_key(parts.settings) or secrets.token_bytes(_KEY_BYTES)  # one that is not kept: it seals what is forgotten
    others = providers_of(parts.settings, users, key, parts.clock)
    credentials = Credentials(f"Bearer {token}")
    providers: tuple[IdentityProvider, ...] = (AccessTokens(parts.database, parts.clock), *others)
    provider = next((each for each in providers if each.recognize(credentials) is not None), None)
    if provider is None:
        msg = "That is no token of any kind that these settings accept."
        raise CommandFailed(msg)
    try:
        proof = await provider.prove(credentials)
    except WrongToken as refused:
        msg = f"The token is refused: {refused.reason}."
        raise CommandFailed(msg) from refused
    except ProviderAway as away:
        msg = f"Nobody can tell now: {away.name} does not answer."
        raise CommandFailed(msg) from away
    return await _described(parts, proof, users.seen)


async def _described(parts: Parts, proof: Proof, seen: tuple[ForeignIdentity, Preview] | None) -> list[str]:
    async with parts.database.reading() as session:
        rights = await identities.get_rights(session, proof.user_id)
    if rights is None and proof.user_id != _NOBODY:
        msg = "The token is refused: a user who is not active."
        raise CommandFailed(msg)
    login = rights.login if rights is not None else f"{seen[1].login if seen else ''}, made on first sight, without rights"
    lines = [f"provider: {'access tokens' if seen is None else seen[0].source}", f"user:     {login}"]
    if seen is not None:
        lines.append(f"groups:   {', '.join(sorted(seen[1].groups)) or 'none'}")
    ends_at = "with the session there, or not at all" if proof.ends_at is None else proof.ends_at.isoformat(timespec="seconds")
    return [*lines, f"scope:    {'WRITE' if proof.can_write else 'READ'}", f"ends:     {ends_at}"]
