"""New terms: one partner proposes, the other accepts, counters or declines. Each can narrow the sharing alone. Pure."""

from collections.abc import Sequence
from datetime import datetime

from coaching_events.events.partnership import (
    SharingNarrowed,
    TermsAgreed,
    TermsProposed,
    TermsRejected,
    TermsWithdrawn,
)
from coaching_events.ids import PersonId
from coaching_readmodels.refusals import check_rounds
from coaching_time import USUAL
from eventlog import Refused
from partnerships.partnership.draft import SharingDraft, TermsDraft
from partnerships.partnership.figures import USUAL_FIGURES, PairFigures
from partnerships.partnership.rules import formed_only
from partnerships.partnership.rules.answering import first_answer_by
from partnerships.partnership.state import AnyPartnership, Formed, Proposed, Question
from partnerships.partnership.terms import consents, drafted, is_narrower, same
from partnerships.reference_data import PeopleReferenceData


def propose_terms(
    partnership: AnyPartnership,
    *,
    by: PersonId,
    at: datetime,
    draft: TermsDraft,
    rounds: int = USUAL.rounds,
    figures: PairFigures = USUAL_FIGURES,
    reference_data: PeopleReferenceData,
) -> Sequence[TermsProposed]:
    """Propose and accept other terms. ``rounds``: the most withdrawals within a day that do not block it."""
    formed = formed_only(partnership)
    if formed.question is not None:
        sentence = "There are open terms: answer them, counter them, or withdraw them if they are yours."
        raise Refused("terms-on-the-table", sentence, version=formed.question.terms.version)
    version = formed.versions + 1
    terms = drafted(draft, formed.terms, version=version, by=by, at=at, reference_data=reference_data, figures=figures)
    if same(terms, formed.terms):
        raise Refused("nothing-would-change", "These terms are in force already.")
    check_rounds(formed.taken_back.get(by, ()), rounds, at)
    answer_by = first_answer_by(reference_data.time(formed.other(by)), at, formed.all_pauses())
    return [TermsProposed(by=by, partnership=formed.id, terms=terms, answer_by=answer_by)]


def counter_terms(
    partnership: AnyPartnership,
    *,
    by: PersonId,
    at: datetime,
    version: int,
    draft: TermsDraft,
    figures: PairFigures = USUAL_FIGURES,
    reference_data: PeopleReferenceData,
) -> Sequence[TermsProposed]:
    """Answer proposed terms with other terms, before and after the partnership is formed."""
    pair = partnership if isinstance(partnership, Proposed) else formed_only(partnership)
    question = _asked(pair, by, version)
    terms = drafted(
        draft, question.terms, version=version + 1, by=by, at=at, reference_data=reference_data, figures=figures
    )
    if isinstance(pair, Formed):
        terms = terms.model_copy(update={"version": pair.versions + 1})
    if same(terms, question.terms):
        raise Refused("nothing-would-change", "These terms are already proposed: accept them.")
    pauses = pair.all_pauses() if isinstance(pair, Formed) else ()
    return [
        TermsProposed(
            by=by,
            partnership=pair.id,
            terms=terms,
            counters=question.position,
            answer_by=first_answer_by(reference_data.time(question.by), at, pauses),
        )
    ]


def agree_terms(partnership: AnyPartnership, *, by: PersonId, version: int) -> Sequence[TermsAgreed]:
    """Accept this version of the terms. It is in force."""
    formed = formed_only(partnership)
    return [TermsAgreed(by=by, partnership=formed.id, terms=_asked(formed, by, version).terms)]


def reject_terms(partnership: AnyPartnership, *, by: PersonId, version: int) -> Sequence[TermsRejected]:
    """Decline. The terms in force stay."""
    formed = formed_only(partnership)
    _asked(formed, by, version)
    return [TermsRejected(by=by, partnership=formed.id, version=version)]


def withdraw_terms(partnership: AnyPartnership, *, by: PersonId, version: int) -> Sequence[TermsWithdrawn]:
    """Withdraw the own terms."""
    formed = formed_only(partnership)
    if _on_the_table(formed, version).by != by:
        raise Refused("not-your-proposal", "Your partner proposed these terms: accept or reject them.")
    return [TermsWithdrawn(by=by, partnership=formed.id, version=version)]


def narrow_sharing(
    partnership: AnyPartnership, *, by: PersonId, at: datetime, sharing: Sequence[SharingDraft]
) -> Sequence[TermsWithdrawn | SharingNarrowed]:
    """Share less, at once and without the partner. ``sharing`` is what remains. No event without a difference.

    Wider terms that the same person had proposed are withdrawn: they no longer want them.
    """
    formed = formed_only(partnership)
    left = consents(sharing, formed.terms.sharing, at)
    if not is_narrower(left, formed.terms.sharing):
        raise Refused("only-both-may-widen", "This would share more than you both agreed to: propose terms instead.")
    if is_narrower(formed.terms.sharing, left):
        return []
    events: list[TermsWithdrawn | SharingNarrowed] = []
    question = formed.question
    if question is not None and question.by == by and not is_narrower(question.terms.sharing, left):
        events.append(TermsWithdrawn(by=by, partnership=formed.id, version=question.terms.version))
    terms = formed.terms.model_copy(update={"sharing": left, "version": formed.versions + 1})
    return [*events, SharingNarrowed(by=by, partnership=formed.id, terms=terms)]


def _on_the_table(pair: Proposed | Formed, version: int) -> Question:
    question = pair.question
    if question is None:
        raise Refused("no-terms-on-the-table", "There are no open terms.")
    if question.terms.version != version:
        raise Refused("other-terms", "Other terms have been proposed since.", current=question.terms.version)
    return question


def _asked(pair: Proposed | Formed, by: PersonId, version: int) -> Question:
    question = _on_the_table(pair, version)
    if question.by == by:
        raise Refused("your-own-proposal", "You proposed these terms: your partner answers, and you can withdraw them.")
    return question
