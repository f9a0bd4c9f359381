"""Which scopes a token grants: in claims that each issuer names and writes in its own way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from service_kit.authentication.tokens import InvalidToken

DEFAULT = ("scope",)


@dataclass(frozen=True, slots=True)
class ScopeClaims:
    """The claims that hold scopes, for example ``scope``, ``scp``, ``roles`` or ``realm_access.roles``.

    A name with dots is the claim of that whole name if the token has one, else a path into objects. Each is a text with
    spaces between the scopes, or a list of texts. With a ``prefix`` only what begins with it counts, without it.
    """

    names: Sequence[str] = DEFAULT
    prefix: str = ""

    def read(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """What the token grants; raises BadToken where a claim is neither text nor list of texts."""
        found = [scope for name in self.names for scope in _scopes(name, claims)]
        return frozenset(scope.removeprefix(self.prefix) for scope in found if scope.startswith(self.prefix)) - {""}


def _scopes(name: str, claims: Mapping[str, Any]) -> Sequence[str]:
    given = claims[name] if name in claims else _inside(name.split("."), claims)
    if given is None:
        return ()
    if isinstance(given, str):
        return given.split()
    listed = cast("Sequence[object]", given if isinstance(given, list) else [given])
    if not all(isinstance(each, str) for each in listed):
        raise InvalidToken(f"its claim {name} is neither a text nor a list of texts")
    return cast("Sequence[str]", listed)


def _inside(path: Sequence[str], claims: object) -> object:
    for part in path:
        if not isinstance(claims, Mapping):
            return None
        claims = cast("Mapping[str, object]", claims).get(part)
    return claims
