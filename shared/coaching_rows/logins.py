"""Logins as all services speak of them: what names one, and how much of it is shown."""

from coaching_rows.person import identity
from eventlog.positions import derived_stream

FEW, SHOWN = 5, 2


def login_id(source: str, external_id: str) -> str:
    """The id of a login, the same for ever and in every service; it does not tell which login it is."""
    return derived_stream("login", identity(source, external_id))


def masked(external_id: str) -> str:
    """A login so that its person knows it, and others do not: ``an…er``."""
    if len(external_id) <= FEW:
        return f"{external_id[:1]}…"
    return f"{external_id[:SHOWN]}…{external_id[-SHOWN:]}"
