"""Terms over HTTP: other terms proposed, answered, and sharing narrowed."""

from fastapi import APIRouter

from coaching_events.ids import PartnershipId
from coaching_readmodels.asking_limits import ASKING
from partnerships.partnership import partnerships
from partnerships.partnership.rules import terms as terms_rules
from partnerships.partnership.terms import SharingList, TermsDraft
from service_kit.bodies import NO_NOTE, Note, example
from service_kit.http import Accepted, Context

routes = APIRouter(tags=["terms"])


class OtherTerms(Note, json_schema_extra=example(terms={"reminders": 3}, note="A little more often")):
    """What should be different, and a word to the other, if wanted."""

    terms: TermsDraft


class LessSharing(Note, json_schema_extra=example(sharing=[])):
    """What is left of the sharing: nothing that was not shared before."""

    sharing: SharingList


@routes.post("/partnerships/{partnership}/terms", operation_id="proposeTerms")
async def propose_other_terms(partnership: PartnershipId, body: OtherTerms, context: Context) -> Accepted:
    """Put other terms on the table. They bind when the other agrees."""
    return await context.decide(
        partnerships,
        partnership,
        lambda known, by, reference_data: terms_rules.propose_terms(
            known, by=by, at=context.at, draft=body.terms, rounds=ASKING.limits.rounds, reference_data=reference_data
        ),
        note=body.note,
    )


@routes.post("/partnerships/{partnership}/terms/{version}/counter", operation_id="counterTerms")
async def counter_terms(partnership: PartnershipId, version: int, body: OtherTerms, context: Context) -> Accepted:
    """Answer terms with others: before the partnership is formed as well as later."""
    return await context.decide(
        partnerships,
        partnership,
        lambda known, by, reference_data: terms_rules.counter_terms(
            known, by=by, at=context.at, version=version, draft=body.terms, reference_data=reference_data
        ),
        note=body.note,
    )


@routes.post("/partnerships/{partnership}/terms/{version}/agree", operation_id="agreeTerms")
async def agree_to_terms(partnership: PartnershipId, version: int, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Consent to the terms with this version: they are in force."""
    return await context.decide(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.agree_terms(known, by=by, version=version),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/terms/{version}/reject", operation_id="rejectTerms")
async def reject_terms(partnership: PartnershipId, version: int, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Say no to these terms; those in force stay."""
    return await context.decide(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.reject_terms(known, by=by, version=version),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/terms/{version}/withdraw", operation_id="withdrawTerms")
async def withdraw_terms(partnership: PartnershipId, version: int, context: Context, body: Note = NO_NOTE) -> Accepted:
    """Take back terms of one's own."""
    return await context.decide(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.withdraw_terms(known, by=by, version=version),
        note=body.note,
        effect="settles",
    )


@routes.post("/partnerships/{partnership}/narrow-sharing", operation_id="narrowSharing")
async def narrow_the_sharing(partnership: PartnershipId, body: LessSharing, context: Context) -> Accepted:
    """Share less, alone and at once. Sharing more takes both: propose terms."""
    return await context.decide(
        partnerships,
        partnership,
        lambda known, by, _: terms_rules.narrow_sharing(known, by=by, at=context.at, sharing=body.sharing),
        note=body.note,
        effect="eases",
    )
