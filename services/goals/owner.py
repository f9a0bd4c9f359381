"""Whose a promise or a series of check-ins is: what goals says in all of its events. Pure."""

from typing import Protocol, TypedDict

from coaching_events.ids import PartnershipId, PersonId, RuleName


class Owned(Protocol):
    """What one partner, its owner, has towards the other."""

    @property
    def partnership(self) -> PartnershipId: ...  # noqa: D102

    @property
    def owner(self) -> PersonId: ...  # noqa: D102

    @property
    def partner(self) -> PersonId: ...  # noqa: D102


class Who(TypedDict):
    """Who acted, and whose promise or check-ins an event is about."""

    by: PersonId | RuleName
    partnership: PartnershipId
    owner: PersonId
    partner: PersonId


def who(owned: Owned, by: PersonId | RuleName) -> Who:
    """The fields of an event that name the people."""
    return Who(by=by, partnership=owned.partnership, owner=owned.owner, partner=owned.partner)
