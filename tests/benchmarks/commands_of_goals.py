"""How each command of goals is made ready."""

from collections.abc import Mapping
from typing import Any

from coaching_events.ids import position
from coaching_readmodels import PairReferenceData
from eventlog.commands import CommandContext
from goals.check_ins import check_ins, check_ins_of
from goals.check_ins.rules import start
from goals.check_ins.state import Running
from tests.benchmarks.place import Asked, Body, Place, Prepared, posted

EACH_WEEK = 7


def _promise_body(place: Place) -> Body:
    return {"text": "I send you the draft", "due": {"at": place.in_days(EACH_WEEK)}}


async def _promise(place: Place) -> Mapping[str, str]:
    path = f"/partnerships/{place.pair.id}/commitments"
    return {"commitment": (await posted(place.one, path, _promise_body(place)))["id"]}


async def _request(place: Place) -> Mapping[str, str]:
    path = f"/partnerships/{place.pair.id}/requests"
    return {"commitment": (await posted(place.one, path, _promise_body(place)))["id"]}


async def _asked_for_another_date(place: Place) -> Mapping[str, str]:
    promise = await _promise(place)
    await posted(place.one, f"/commitments/{promise['commitment']}/renegotiate", {"due": {"at": place.in_days(14)}})
    return promise


async def _make_or_ask(place: Place) -> Asked:
    return Asked(place.one, _promise_body(place), {"partnership": place.pair.id})


async def _answer_request(place: Place) -> Asked:
    return Asked(place.other, {}, await _request(place))


async def _withdraw_request(place: Place) -> Asked:
    return Asked(place.one, {}, await _request(place))


async def _of_a_promise(place: Place) -> Asked:
    return Asked(place.one, {}, await _promise(place))


async def _another_date(place: Place) -> Asked:
    return Asked(place.one, {"due": {"at": place.in_days(14)}}, await _promise(place))


async def _take_back(place: Place) -> Asked:
    promise = await _promise(place)
    await posted(place.one, f"/commitments/{promise['commitment']}/keep")
    return Asked(place.one, {}, promise)


async def _answer(place: Place) -> Asked:
    return Asked(place.other, {}, await _asked_for_another_date(place))


async def _withdraw(place: Place) -> Asked:
    return Asked(place.one, {}, await _asked_for_another_date(place))


async def _check_in(place: Place) -> Asked:
    """About a promise, when the check-in has opened."""
    promise = (await _promise(place))["commitment"]
    service, pair = place.service, place.pair
    log, mine, at = service.service_context.log, check_ins_of(pair.id, pair.one), service.clock.at
    reference_data = PairReferenceData(await log.reference_source.read([pair.id, pair.one]))

    async def begin(_: object) -> Any:
        return start(
            None, partnership=pair.id, owner=pair.one, formed=position(pair.id, 2), at=at, reference_data=reference_data
        )

    begun = await log.decide(check_ins, mine, CommandContext(id="begin", at=at), begin)
    assert isinstance(begun.state, Running)
    service.clock.at = max(at, begun.state.current.opens)
    return Asked(place.one, {"answers": {promise: "Nearly done"}}, {"check_ins": mine})


COMMANDS: Mapping[str, Prepared] = {
    "POST /partnerships/{partnership}/requests": _make_or_ask,
    "POST /partnerships/{partnership}/commitments": _make_or_ask,
    "POST /commitments/{commitment}/make": _answer_request,
    "POST /commitments/{commitment}/decline-request": _answer_request,
    "POST /commitments/{commitment}/withdraw-request": _withdraw_request,
    "POST /commitments/{commitment}/keep": _of_a_promise,
    "POST /commitments/{commitment}/take-back": _take_back,
    "POST /commitments/{commitment}/renegotiate": _another_date,
    "POST /commitments/{commitment}/release": _of_a_promise,
    "POST /commitments/{commitment}/agree": _answer,
    "POST /commitments/{commitment}/decline": _answer,
    "POST /commitments/{commitment}/withdraw": _withdraw,
    "POST /check-ins/{check_ins}/submit": _check_in,
}
