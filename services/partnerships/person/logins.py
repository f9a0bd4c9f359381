"""Logins: identities whose source issues tokens. A user with such a token acts as the person. Pure.

A further login of a person waits until they confirm it, or until the company's delay is over. They can refuse it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from coaching_events.events.person import LoginConfirmed, LoginRefused, PersonUnlinked
from coaching_events.ids import PersonId, RuleName
from coaching_readmodels import identity
from coaching_readmodels.logins import login_id, waits_until
from eventlog import NotFound, Refused
from partnerships.person.state import Active, Inactive

REPLACED: Final = RuleName("rule:login-replaced")
"""The actor that retires the earlier login of a feed when its new login works."""

DEFAULT_DELAY: Final = timedelta(days=3)
"""The delay of a further login, if LOGIN_DELAY is not set."""

By = PersonId | RuleName
Known = Active | Inactive


@dataclass(frozen=True, slots=True)
class Logins:
    """The sources that issue tokens, and the delay of a further login."""

    issuers: frozenset[str]
    delay: timedelta

    def are(self, name: str) -> bool:
        """Whether an identity (``source|external id``) is a login."""
        return name.partition("|")[0] in self.issuers

    def is_further(self, person: Known | None, source: str, external_id: str) -> bool:
        """Whether it would be a further login: the person has, or had, another one."""
        if person is None or source not in self.issuers or identity(source, external_id) in person.identities:
            return False
        return any(map(self.are, (*person.identities, *person.earlier, *person.refused)))

    def effective_at(self, person: Known | None, source: str, external_id: str, at: datetime) -> datetime | None:
        """When a login linked at ``at`` works (UTC). None for a first login, and for an identity without tokens."""
        return at + self.delay if self.is_further(person, source, external_id) else None

    def of(self, person: Known) -> Iterable[str]:
        """All logins of a person, with those that wait and those that they have refused."""
        return filter(self.are, (*person.identities, *person.refused))


def waits(person: Known, name: str, at: datetime) -> bool:
    """Whether an identity does not work yet."""
    return waits_until(person.works_from, name, at) is not None


def replaced_by(person: Known, name: str) -> Sequence[str]:
    """The identities of the same source that the same feed gave before this one."""
    feed, source = person.fed.get(name), f"{name.partition('|')[0]}|"
    if feed is None:
        return ()
    older = person.identities[: person.identities.index(name)]
    return [each for each in older if each.startswith(source) and person.fed.get(each) == feed]


def confirm(
    person: Known, *, by: PersonId, at: datetime, login: str, logins: Logins
) -> Sequence[LoginConfirmed | PersonUnlinked]:
    """Confirm a login: it works at once, and the one that it replaces is retired. No event if it works already.

    A refused login is not linked by this, but the directory can link it again.
    """
    name = _found(person, login, logins)
    if name not in person.refused and not waits(person, name, at):
        return []
    source, _, external_id = name.partition("|")
    return [LoginConfirmed(by=by, source=source, external_id=external_id), *retired(person, name, by=by)]


def refuse(
    person: Known, *, by: PersonId, at: datetime, login: str, using: str, logins: Logins
) -> Sequence[LoginRefused]:
    """Refuse a login: it no longer works. No event if it is refused already.

    ``using`` is the identity of the caller. A login that works can be refused only with an older one, so that a
    stranger
    with a new login cannot lock the person out.
    """
    name = _found(person, login, logins)
    if name in person.refused:
        return []
    if name == using:
        raise Refused("login-in-use", "You are using this login. Refuse it with another login of yours.")
    older = person.identities[: person.identities.index(name)]
    if not waits(person, name, at) and using not in older:
        sentence = "This login is older than the one that you use. Your HR system can unlink it."
        raise Refused("older-login", sentence, login=login)
    source, _, external_id = name.partition("|")
    return [LoginRefused(by=by, source=source, external_id=external_id)]


def retired(person: Known, name: str, *, by: By) -> Sequence[PersonUnlinked]:
    """Retire the identities that this one replaces."""
    return [unlinked(each, by=by) for each in replaced_by(person, name)]


def unlinked(name: str, *, by: By) -> PersonUnlinked:
    """The event after which this identity no longer finds the person."""
    source, _, external_id = name.partition("|")
    return PersonUnlinked(by=by, source=source, external_id=external_id)


def next_replaced_at(person: Known) -> datetime | None:
    """When the next login that replaces another works (UTC)."""
    return min((at for name, at in person.works_from.items() if replaced_by(person, name)), default=None)


def _found(person: Known, login: str, logins: Logins) -> str:
    for name in logins.of(person):
        source, _, external_id = name.partition("|")
        if login_id(source, external_id) == login:
            return name
    raise NotFound(login)
