"""Who else may say who somebody is: the issuers of bearer tokens, as one setting of JSON."""

from typing import Annotated, Final, Literal, cast

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
"""Signatures by a key that only the issuer has; one that this server had as well would let it, and whoever reads its settings, sign."""
FOREIGN_SOURCES: Final = frozenset({"hub", "gateway"})
"""Names that begin groups of others than issuers."""
_LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:", "http://[::1]:")

Algorithm = Literal["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]


def reached_safely(address: str) -> str:
    """Return an address that nobody on the way can answer for."""
    if not address.startswith(("https://", *_LOOPBACK)):
        msg = "use https://, or http:// on this machine: keys that come in the clear can be anybody's"
        raise ValueError(msg)
    return address


Address = Annotated[str, AfterValidator(reached_safely)]


Origin = Annotated[Address, Field(pattern=r"^https?://[A-Za-z0-9.\[\]:-]+$")]


class Issuer(BaseModel):
    """One issuer of JWTs, and what its claims mean here; a claim within others is written with dots, `realm_access.roles`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]{0,31}$", description="Begins the names of its groups, `name:group`.")
    issuer: Address = Field(description="The claim `iss`, to the letter.")
    audience: tuple[str, ...] = Field(min_length=1, description="Values of the claim `aud` that are accepted; one is enough.")
    key_set_url: Address | None = Field(None, description="Where its keys are; absent: as its discovery document says.")
    algorithms: tuple[Algorithm, ...] = Field(("RS256", "PS256", "ES256", "Ed25519", "EdDSA"), min_length=1)
    login_claim: str = "preferred_username"
    display_name_claim: str = "name"
    groups_claim: str = "groups"
    write_scope: str | None = Field(None, description="Scope without which a token only reads; absent: every token may write.")
    client_id: str | None = Field(None, description="Public client by which GraphiQL signs people in; absent: it does not.")
    client_scope: str = Field("openid profile", description="What GraphiQL asks for.")
    client_parameters: dict[str, str] = Field({}, description="What GraphiQL sends along, such as `resource` or `audience`.")
    client_origins: tuple[Origin, ...] = Field((), description="Origins of the issuer's token endpoint, if it is not that of `issuer`.")
    client_token: Literal["access_token", "id_token"] = Field("access_token", description="Which of the two GraphiQL sends.")

    @model_validator(mode="before")
    @classmethod
    def _one_audience_is_a_list(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        values = cast("dict[str, object]", given)
        return {**values, "audience": [values["audience"]]} if isinstance(values.get("audience"), str) else values
