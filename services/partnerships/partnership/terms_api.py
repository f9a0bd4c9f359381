"""Terms over HTTP: propose and answer other terms, and narrow the sharing."""

from fastapi import APIRouter

from coaching_events.ids import PartnershipId
from coaching_readmodels.asking_limits import ASKING
from partnerships.partnership import partnerships
from partnerships.partnership.draft import SharingList, TermsDraft
from partnerships.partnership.figures import IN_USE
from partnerships.partnership.rules import terms as terms_rules
from service_kit.bodies import NO_NOTE, Note, example
from service_kit.http import Accepted, Context

routes = APIRouter(tags=["terms"])


class OtherTerms(Note, json_schema_extra=example(terms={"reminders": 3}, note="A little more often")):
    """The differences from the terms in force, and an optional text to the other."""

    terms: TermsDraft


class LessSharing(Note, json_schema_extra=example(sharing=[])):
    """The sharing that remains. It cannot have anything that was not shared before."""

    sharing: SharingList


@routes.post("/partnerships/{partnership}/terms", operation_id="proposeTerms")
async def propose_other_terms(partnership: PartnershipId, body: OtherTerms, context: Context) -> Accepted:
    """Propose other terms. They are in force when your partner accepts them."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, reference_data: terms_rules.propose_terms(
            known,
            by=by,
            at=context.at,
            draft=body.terms,
            rounds=ASKING.limits.rounds,
            figures=IN_USE.figures,
            reference_data=reference_data,
        ),
        note=body.note,
    )


@routes.post("/partnerships/{partnership}/terms/{version}/counter", operation_id="counterTerms")
async def counter_terms(partnership: PartnershipId, version: int, body: OtherTerms, context: Context) -> Accepted:
    """Answer terms with other terms, before and after the partnership is formed."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, reference_data: terms_rules.counter_terms(
            known,
            by=by,
            at=context.at,
            version=version,
            draft=body.terms,
            figures=IN_USE.figures,
            reference_data=reference_data,
        ),
        note=body.note,
    )


@routes.post("/partnerships/{partnership}/terms/{version}/agree", operation_id="agreeTerms")
async def agree_to_terms(partnership: PartnershipId, version: int, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Accept this version of the terms. It is in force at once."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.agree_terms(known, by=by, version=version),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/terms/{version}/reject", operation_id="rejectTerms")
async def reject_terms(partnership: PartnershipId, version: int, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Decline these terms. The terms in force stay."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.reject_terms(known, by=by, version=version),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/terms/{version}/withdraw", operation_id="withdrawTerms")
async def withdraw_terms(partnership: PartnershipId, version: int, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Withdraw your terms."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.withdraw_terms(known, by=by, version=version),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/narrow-sharing", operation_id="narrowSharing")
async def narrow_the_sharing(partnership: PartnershipId, body: LessSharing, context: Context) -> Accepted:
    """Share less, at once and without your partner. To share more, propose terms."""
    return await context.change(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.narrow_sharing(known, by=by, at=context.at, sharing=body.sharing),
        note=body.note,
        effect="eases",
    )
