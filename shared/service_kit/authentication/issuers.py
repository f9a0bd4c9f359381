"""The issuers that a process trusts, from its settings."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from service_kit.authentication.issuer_documents import is_plain, is_url

if TYPE_CHECKING:
    from service_kit.http.authentication import TokenReader
    from service_kit.process.settings import Settings


def _where_keys_are(given: str | None) -> str | None:
    if given is None:
        return None
    if given.lstrip().startswith("{"):
        json.loads(given)
    elif not is_url(given) and not Path(given).is_file():
        raise ValueError("is neither JSON nor a URL, and there is no such file")
    return given


def _names(given: object) -> object:
    return tuple(given.replace(",", " ").split()) if isinstance(given, str) else given


def _listed(given: object) -> object:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise ValueError("is no JSON list of objects with issuer and audience") from None


KeysAt = Annotated[str | None, AfterValidator(_where_keys_are)]
"""A URL, a file, or the JSON of a key set; None if the issuer's document has the address."""
Names = Annotated[Sequence[str], BeforeValidator(_names), Field(min_length=1)]
"""Names, separated by commas or spaces."""


class TrustedIssuer(BaseModel):
    """An issuer, its audience, and the claims of its tokens."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: str = Field(min_length=1)
    audience: str = Field(min_length=1)
    jwks: KeysAt = None
    person_claim: str = "sub"
    scope_claims: Names = ("scope",)
    scope_prefix: str = ""
    partner_scope: str = "partner"


FurtherIssuers = Annotated[Sequence[TrustedIssuer], BeforeValidator(_listed)]


def check_issuers(issuers: Sequence[TrustedIssuer], *, production: bool = False) -> None:
    """Raise ValueError if an issuer has no keys or occurs twice; in production also if one has no TLS."""
    names = [each.issuer for each in issuers]
    for each in issuers:
        if each.jwks is None and not is_url(each.issuer):
            raise ValueError(f"the issuer {each.issuer} is no URL, so its keys cannot be found: set TOKEN_JWKS (jwks)")
        for address in (each.issuer, each.jwks or ""):
            if production and is_plain(address):
                raise ValueError(
                    f"ENVIRONMENT=production and {address} exclude each other: issuers and keys need https://, "
                    "because a network attacker could replace keys that come by http://"
                )
        if names.count(each.issuer) > 1:
            raise ValueError(f"the issuer {each.issuer} is named twice, in TOKEN_ISSUER or TOKEN_FURTHER_ISSUERS")


def token_reader(settings: "Settings") -> "TokenReader":
    """Verifies the tokens of all trusted issuers. Only servers import what it needs."""
    from service_kit.authentication.keys import Keys
    from service_kit.authentication.tokens import ScopeClaims
    from service_kit.http.authentication import AnyIssuer, TokenVerifier

    readers = {
        each.issuer: TokenVerifier(
            issuer=each.issuer,
            audience=each.audience,
            keys=Keys(each.jwks or each.issuer, discover=each.jwks is None),
            claim=each.person_claim,
            scopes=ScopeClaims(each.scope_claims, each.scope_prefix),
            leeway=settings.token_leeway,
            partner_scope=each.partner_scope,
        )
        for each in settings.issuers
    }
    return readers[settings.token_issuer] if len(readers) == 1 else AnyIssuer(readers)
