"""Logins as all services speak of them: what names one, and how much of it is shown."""

from collections.abc import Mapping
from datetime import datetime

from coaching_readmodels.person import identity
from eventlog import derived_stream

FEW, SHOWN = 5, 2


def login_id(source: str, external_id: str) -> str:
    """The id of a login, the same for ever and in every service; it does not tell which login it is."""
    return derived_stream("login", identity(source, external_id))


def masked(external_id: str) -> str:
    """A login so that its person knows it, and others do not: ``an…er``."""
    if len(external_id) <= FEW:
        return f"{external_id[:1]}…"
    return f"{external_id[:SHOWN]}…{external_id[-SHOWN:]}"


def waits_until(works_from: Mapping[str, datetime], name: str, at: datetime) -> datetime | None:
    """Until when a login that is used at an instant opens nothing; None if it works."""
    moment = works_from.get(name)
    return moment if moment is not None and moment > at else None
