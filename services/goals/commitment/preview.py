"""The preview of a promise over HTTP: what a wished date would mean. It writes nothing."""

import asyncio

from fastapi import APIRouter

from coaching_events.ids import PartnershipId, PersonId
from coaching_readmodels import PairReferenceData
from coaching_readmodels.partners import our_partnership, partners
from coaching_readmodels.promises import DueBody
from coaching_time import Absence
from goals.commitment import commitments
from goals.commitment.rules.preview import AHEAD, absences_until, holidays_until, realistic, wished
from goals.commitment.views import CommitmentView, moved_view, view
from service_kit.bodies import Body, LocalDate, Moment, View, example
from service_kit.http import Context, MovedView, RequestContext, within

routes = APIRouter(tags=["promises"])

MOST = 500
"""The most open promises that a preview reads."""


class Preview(Body, json_schema_extra=example(due={"on": "2026-03-13"})):
    """The due moment to look at."""

    due: DueBody


class AwayView(View):
    """Days on which the owner is away, both included; without ``last`` the end is not known."""

    first: LocalDate
    last: LocalDate | None


class PreviewView(View):
    """What a promise for the wished date would be.

    ``due``, ``moved`` and ``grace_end`` are as they would be set. ``promised`` are the open promises of the owner that
    are due in the same week of theirs: for the owner of all partnerships, for the partner those of your partnership.
    ``away`` and ``holidays`` reach from now to a week after the due moment; ``away`` is for the owner alone.
    ``realistic`` is the first working day on or after the wished date on which the owner is not away and has fewer than
    three open promises due; null if there is none within sixty days.
    """

    owner: PersonId
    due: Moment
    moved: MovedView | None
    grace_end: Moment
    promised: tuple[CommitmentView, ...]
    away: tuple[AwayView, ...]
    holidays: tuple[LocalDate, ...]
    realistic: LocalDate | None


@routes.post("/partnerships/{partnership}/commitments/preview", operation_id="previewCommitment")
async def preview_a_promise(partnership: PartnershipId, body: Preview, context: Context) -> PreviewView:
    """See what a promise of yours for a date would mean, before you make it. Nothing is written."""
    await our_partnership(context, partnership)
    return await _preview(context, partnership, body, await context.person())


@routes.post("/partnerships/{partnership}/requests/preview", operation_id="previewRequest")
async def preview_a_request(partnership: PartnershipId, body: Preview, context: Context) -> PreviewView:
    """See what a promise of your partner for a date would mean, before you ask for it. Nothing is written."""
    pair = await our_partnership(context, partnership)
    return await _preview(context, partnership, body, pair.other(await context.person()))


async def _preview(context: RequestContext, partnership: PartnershipId, body: Preview, owner: PersonId) -> PreviewView:
    me, at = await context.person(), context.at
    reference_data = PairReferenceData(await context.reference_data(partnership, *{owner, me}))
    wish = wished(partnership, owner, by=me, at=at, due=body.due.due(), reference_data=reference_data)
    person = reference_data.time(owner)
    first, end = wish.week
    mine = {} if owner == me else {"partnership": partnership}
    where = {"owner": owner, "status": ["open", "overdue"], **mine, **within("due", first, max(end, wish.due + AHEAD))}
    found, theirs = await asyncio.gather(context.log.find(commitments, where, limit=MOST), partners(context))
    this_week = sorted((each for each in found if each.state.due < end), key=lambda each: (each.state.due, each.stream))
    return PreviewView(
        owner=owner,
        due=wish.due,
        moved=moved_view(wish.moved),
        grace_end=wish.grace_end,
        promised=tuple(view(each, theirs.among(commitments.parties(each.state))) for each in this_week),
        away=tuple(_away(each) for each in absences_until(person, at, wish.due)) if owner == me else (),
        holidays=holidays_until(person, at, wish.due),
        realistic=realistic(person, wish.day, [each.state.due for each in found]),
    )


def _away(absence: Absence) -> AwayView:
    return AwayView(first=absence.first, last=absence.last if absence.has_end else None)
