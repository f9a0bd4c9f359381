"""Every version of the terms that was ever proposed, and its outcome. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from coaching_events.envelope import Recorded
from coaching_events.event import Cipher
from coaching_events.events.partnership import (
    PartnershipDeclined,
    PartnershipEvent,
    PartnershipFormed,
    PartnershipLapsed,
    PartnershipProposed,
    PartnershipWithdrawn,
    SharingNarrowed,
    Terms,
    TermsAgreed,
    TermsLapsed,
    TermsProposed,
    TermsRejected,
    TermsWithdrawn,
)

Became = Literal["on the table", "in force", "replaced", "countered", "rejected", "withdrawn", "lapsed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version: its author, its time, its outcome and the time of that (UTC)."""

    terms: Terms
    by: str
    at: datetime
    note: str | Cipher | None
    became: Became
    since: datetime


def versions(history: Iterable[Recorded[PartnershipEvent]]) -> list[Version]:
    """All versions, in order."""
    texts: list[Version] = []
    for recorded in history:
        event, at = recorded.event, recorded.at
        match event:
            case PartnershipProposed():
                texts.append(_new(event.terms, event.by, at, None, "on the table"))
            case TermsProposed():
                _settle(texts, "on the table", "countered", at)
                texts.append(_new(event.terms, event.by, at, event.note, "on the table"))
            case PartnershipFormed() | TermsAgreed():
                _settle(texts, "in force", "replaced", at)
                _settle(texts, "on the table", "in force", at)
            case SharingNarrowed():
                _settle(texts, "in force", "replaced", at)
                texts.append(_new(event.terms, event.by, at, None, "in force"))
            case TermsRejected() | PartnershipDeclined():
                _settle(texts, "on the table", "rejected", at)
            case TermsWithdrawn() | PartnershipWithdrawn():
                _settle(texts, "on the table", "withdrawn", at)
            case TermsLapsed() | PartnershipLapsed():
                _settle(texts, "on the table", "lapsed", at)
            case _:
                pass
    return texts


def _new(terms: Terms, by: str, at: datetime, note: str | Cipher | None, became: Became) -> Version:
    return Version(terms=terms, by=by, at=at, note=note, became=became, since=at)


def _settle(texts: list[Version], was: Became, became: Became, at: datetime) -> None:
    texts[:] = [replace(text, became=became, since=at) if text.became == was else text for text in texts]
