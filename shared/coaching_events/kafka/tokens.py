"""Tokens for Kafka's OAUTHBEARER: from a token endpoint by client credentials, or from a function of yours."""

import asyncio
import base64
import importlib
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from time import time
from typing import TYPE_CHECKING, Any, cast
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaConnectionError

from coaching_events.kafka.security import SecurityFault

if TYPE_CHECKING:
    from coaching_events.kafka.security import KafkaSecurity

WITHIN = 10.0
"""Seconds that a token endpoint has to answer."""
SPARE = 0.2
"""The part of a token's life in which it is not used any more: it has to live until the broker has checked it."""
_LARGEST = 256 * 1024

Token = tuple[str, float]
"""A token, and the second since 1970 until which it is good."""


class TokenRefused(KafkaConnectionError):
    """The token endpoint answered, and gave no token: the text says what it answered."""


@dataclass
class Tokens(AbstractTokenProvider):
    """Gives aiokafka a token, and a new one before the old one ends. ``fetch`` returns one."""

    fetch: Callable[[], Awaitable[Token]]
    _kept: str | None = field(default=None, init=False, repr=False)
    _until: float = field(default=0.0, init=False)
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def token(self) -> str:  # pyright: ignore[reportIncompatibleMethodOverride] (aiokafka has no annotation)
        """A token that is good for a while. Raises TokenRefused, or OSError when the endpoint is away."""
        async with self._fetching:
            if self._kept is None or time() >= self._until:
                self._kept, ends = await self.fetch()
                self._until = ends - SPARE * max(0.0, ends - time())
            return self._kept


def provider_of(security: "KafkaSecurity") -> AbstractTokenProvider:
    """What gives aiokafka its tokens; raises SecurityFault where no such function can be found."""
    if security.token_provider is not None:
        return _named(security.token_provider)
    return Tokens(lambda: asyncio.to_thread(_by_client_credentials, security))


def _named(name: str) -> AbstractTokenProvider:
    """A callable that returns an AbstractTokenProvider, a token, or a token and its end in milliseconds since 1970."""
    module, _, path = name.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, ValueError) as wrong:
        told = f"{name} cannot be imported as module:callable ({type(wrong).__name__}: {wrong})"
        raise SecurityFault(f"KAFKA_SASL_OAUTH_PROVIDER cannot be used: {told}") from None
    if inspect.isclass(found) and issubclass(found, AbstractTokenProvider):
        return found()
    if not callable(found):
        raise SecurityFault(f"KAFKA_SASL_OAUTH_PROVIDER cannot be used: {name} cannot be called")
    return Tokens(partial(_called, cast("Callable[[], Any]", found)))


async def _called(make: Callable[[], Any]) -> Token:
    try:
        made = await make() if inspect.iscoroutinefunction(make) else await asyncio.to_thread(make)
    except OSError:
        raise
    except Exception as wrong:  # whatever it is, aiokafka is to try again, and the log to name it
        raise TokenRefused(f"KAFKA_SASL_OAUTH_PROVIDER failed: {type(wrong).__name__}: {wrong}") from wrong
    token, ends = cast("tuple[object, float]", made) if isinstance(made, tuple) else (cast("object", made), 0.0)
    if not isinstance(token, str):
        raise TokenRefused(f"KAFKA_SASL_OAUTH_PROVIDER returned {type(token).__name__}, which is no token")
    return token, ends / 1000


def _by_client_credentials(security: "KafkaSecurity") -> Token:
    """Ask the token endpoint (RFC 6749, sections 2.3.1 and 4.4)."""
    login = ":".join(quote(text or "", safe="") for text in (security.client_id, security.client_secret))
    form = {"grant_type": "client_credentials"} | ({"scope": security.scope} if security.scope else {})
    headers = {
        "Accept": "application/json",
        "Authorization": f"Basic {base64.b64encode(login.encode()).decode()}",
        "User-Agent": "tandem-coaching-events",
    }
    asked = Request(security.token_url or "", urlencode(form).encode(), headers)
    try:
        with urlopen(asked, timeout=WITHIN) as answer:
            told = json.loads(answer.read(_LARGEST))
        return str(told["access_token"]), time() + float(told.get("expires_in", 300))
    except HTTPError as refused:
        with refused:
            status = refused.code
        if status >= 500 or status == 429:
            raise OSError(f"the token endpoint answered {status}") from None
        raise TokenRefused(f"the token endpoint (KAFKA_SASL_OAUTH_TOKEN_URL) answered {status}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise TokenRefused("the token endpoint (KAFKA_SASL_OAUTH_TOKEN_URL) answered without a token") from None
