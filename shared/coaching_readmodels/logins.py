"""Logins in all services: their ids, and the part of them that is shown."""

from collections.abc import Mapping
from datetime import datetime

from coaching_readmodels.person import identity
from eventlog import derived_stream

FEW, SHOWN = 5, 2


def login_id(source: str, external_id: str) -> str:
    """The id of a login. It is the same in every service, never changes, and does not reveal the login."""
    return derived_stream("login", identity(source, external_id))


def masked(external_id: str) -> str:
    """A login in a form that its person recognises and others do not: ``an…er``."""
    if len(external_id) <= FEW:
        return f"{external_id[:1]}…"
    return f"{external_id[:SHOWN]}…{external_id[-SHOWN:]}"


def waits_until(works_from: Mapping[str, datetime], name: str, at: datetime) -> datetime | None:
    """When a login that does not work at an instant begins to work (UTC). None if it works."""
    moment = works_from.get(name)
    return moment if moment is not None and moment > at else None
