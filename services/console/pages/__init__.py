"""The pages, each in a file of its own. A page reads what it shows from the services, all at the same time."""

from collections.abc import Mapping
from typing import Final

from console.pages import beginning, hr
from console.pages.help import help_us_meet
from console.pages.inbox import answer_link, inbox, message, read_link
from console.pages.partnership import history, partnership, partnerships, reliability
from console.pages.propose import colleagues, propose
from console.pages.settings import settings
from console.pages.terms import terms
from console.pages.things import check_ins, goal, promise, session
from console.pages.week import week
from console.visit import Page

PAGES: Final[Mapping[str, Page]] = {
    "/": week,
    "/partnerships": partnerships,
    "/partnerships/{id}": partnership,
    "/partnerships/{id}/reliability": reliability,
    "/partnerships/{id}/terms": terms,
    "/partnerships/{id}/history": history,
    "/inbox": inbox,
    "/inbox/{id}": message,
    "/read/{token}": read_link,
    "/answer/{token}": answer_link,
    "/settings": settings,
    "/help": help_us_meet,
    "/propose": colleagues,
    "/propose/{person}": propose,
    "/partnerships/{id}/promise": beginning.promise,
    "/partnerships/{id}/request": beginning.request,
    "/partnerships/{id}/goal": beginning.goal,
    "/partnerships/{id}/session": beginning.session,
    "/promises/{id}": promise,
    "/goals/{id}": goal,
    "/check-ins/{id}": check_ins,
    "/sessions/{id}": session,
    "/hr": hr.directory,
    "/hr/people/{id}": hr.person,
    "/hr/roster": hr.roster,
    "/hr/conflicts": hr.conflicts,
    "/hr/calendars": hr.calendars,
    "/hr/calendars/{id}": hr.calendar,
}
"""Address → page."""
