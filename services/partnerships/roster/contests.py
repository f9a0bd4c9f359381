"""Finds rows of a roster with a login or an address of another person. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from coaching_events.ids import PersonId
from coaching_readmodels import compared, identity
from partnerships.person.following import Said, follow, is_active, retire
from partnerships.person.logins import Logins
from partnerships.person.rules import By, Known, State
from partnerships.person.state import Active
from partnerships.roster.rows import Row


@dataclass(frozen=True, slots=True)
class Place:
    """A row, its person if already known, and its data about them."""

    id: PersonId
    person: State
    row: Row
    said: Said

    @property
    def is_refused(self) -> bool:
        """Whether a new person cannot be registered with this row."""
        return self.person is None and bool(self.row.faults)

    def is_active(self, at: datetime) -> bool | None:
        """Whether the person is active today by this row. None: the row does not have it."""
        return self.row.active if self.said.details is None else is_active(self.said, self.said.details, at)

    def says_nothing(self, by: By, at: datetime, logins: Logins) -> bool:
        """Whether it is about a leaver who was never known."""
        return self.person is None and not follow(None, by=by, at=at, said=self.said, logins=logins)


@dataclass(frozen=True, slots=True)
class Contest:
    """The other person with the login or address of the row."""

    rival: PersonId
    because: Literal["email", "login"]


def contested(
    places: Sequence[Place],
    known: Mapping[str, Known],
    owners: Iterable[Known],
    *,
    by: By,
    at: datetime,
    logins: Logins,
) -> dict[int, Contest]:
    """The contests by line. ``known`` are people by identity, ``owners`` the people with an address in the roster.

    An address or login that its holder gives up in the same file is free, unless the holder's row, or their new login,
    waits.
    """
    silent = {place.row.line for place in places if place.says_nothing(by, at, logins)}
    found: dict[int, Contest] = {}
    claiming = [place for place in places if place.row.line not in silent and not place.is_refused]
    while more := _by_login(claiming, known, by, at, logins):
        found |= more
        claiming = [place for place in claiming if place.row.line not in more]
    return found | _by_email([each for each in places if each.row.line not in found], owners, silent)


def _by_login(
    places: Sequence[Place], known: Mapping[str, Known], by: By, at: datetime, logins: Logins
) -> dict[int, Contest]:
    free = {
        identity(each.source, each.external_id)
        for place in places
        for each in retire(place.person, by=by, at=at, said=place.said, logins=logins)
    }
    claimed: dict[str, PersonId] = {}
    found: dict[int, Contest] = {}
    for place in places:
        for name in (identity(*also) for also in place.said.logins.items()):
            holder = known.get(name)
            taken = holder is not None and holder.id != place.id and name not in free
            rival = holder.id if taken and holder is not None else claimed.setdefault(name, place.id)
            if rival != place.id:
                found[place.row.line] = Contest(rival, "login")
    return found


def _by_email(places: Sequence[Place], owners: Iterable[Known], silent: set[int]) -> dict[int, Contest]:
    here = {place.id: place for place in places}
    claimed: dict[str, PersonId] = {}
    active: dict[str, PersonId] = {}
    for owner in owners:
        key = str(owner.email_key)
        if owner.id not in here or _address(here[owner.id]) in (key, None):
            claimed.setdefault(key, owner.id)
        if owner.id not in here and isinstance(owner, Active):
            active.setdefault(key, owner.id)
    for place in places:
        if place.person is not None and (key := _address(place)) is not None:
            claimed.setdefault(key, place.id)
    found: dict[int, Contest] = {}
    for place in places:
        key = compared(place.row.email or "")
        if place.person is not None or not key:
            continue
        # A leaver who was never known claims nothing. They count only if no other row has the owner's data.
        if place.row.line in silent:
            rival = active.get(key, place.id)
        else:
            rival = claimed.get(key, place.id) if place.is_refused else claimed.setdefault(key, place.id)
        if rival != place.id:
            found[place.row.line] = Contest(rival, "email")
    return found


def _address(place: Place) -> str | None:
    """The address in the row, in the form for comparison. None: the row has none."""
    details = place.said.details
    return compared(details.email or "") if details is not None and details.says("email") else None
