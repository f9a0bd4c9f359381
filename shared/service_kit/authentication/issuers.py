"""The issuers whose tokens a process takes, as its settings name them."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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


def _names(given: Any) -> Any:
    return tuple(name for name in given.replace(",", " ").split()) if isinstance(given, str) else given


def _listed(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except ValueError:
        raise ValueError("is no JSON: a list of objects with issuer and audience") from None


KeysAt = Annotated[str | None, AfterValidator(_where_keys_are)]
"""A URL, a file, or the JSON of a key set; None if the issuer is asked where its keys are."""
Names = Annotated[Sequence[str], BeforeValidator(_names), Field(min_length=1)]
"""Names with commas or spaces between them."""


class TrustedIssuer(BaseModel):
    """One issuer, its audience, and where its tokens keep what is asked for."""

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
    """Raise ValueError where one cannot be found, or two have the same name; in production where one has no TLS."""
    names = [each.issuer for each in issuers]
    for each in issuers:
        if each.jwks is None and not is_url(each.issuer):
            raise ValueError(f"the issuer {each.issuer} is no URL that says where its keys are: set TOKEN_JWKS (jwks)")
        for address in (each.issuer, each.jwks or ""):
            if production and is_plain(address):
                raise ValueError(
                    f"ENVIRONMENT=production and {address} exclude each other: issuers and their keys are reached by "
                    "https:// only, or else others on the way could name keys of their own"
                )
        if names.count(each.issuer) > 1:
            raise ValueError(f"the issuer {each.issuer} is named twice, in TOKEN_ISSUER or TOKEN_FURTHER_ISSUERS")


def token_reader(settings: "Settings") -> "TokenReader":
    """What reads the tokens of all these issuers. Imported by who serves, because a worker does without."""
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
