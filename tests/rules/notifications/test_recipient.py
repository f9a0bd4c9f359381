"""What somebody chooses about being told."""

from datetime import datetime
from typing import Any

import pytest

from coaching_events.events.recipient import AddressConfirmed, AddressRefused, InboxRead, RecipientChanged, Switch
from notifications.recipient import recipients, rules
from notifications.recipient.state import USUAL_CEILING, recipient_id
from tests.rules.given import History, scenario
from tests.rules.notifications.a_week import ANNA, local, nobody

AT: datetime = local(0)


def nothing_chosen() -> History[Any, Any, Any]:
    return scenario(recipients, recipient_id(ANNA), start=AT, reference_data={})


def test_choices_are_said_as_a_whole() -> None:
    chosen = RecipientChanged(by=ANNA, person=ANNA, opt_ins=("heads-up",), channels=("inbox", "mail"), ceiling=3)
    nothing_chosen().when(rules.choose, by=ANNA, opt_ins=("heads-up",), channels=("mail", "inbox"), ceiling=3).then(
        chosen
    )


def test_the_inbox_stays_on() -> None:
    chosen = RecipientChanged(by=ANNA, person=ANNA, channels=("inbox",), ceiling=0)
    nothing_chosen().when(rules.choose, by=ANNA, opt_ins=(), channels=(), ceiling=0).then(chosen)


def test_the_same_choices_again_change_nothing() -> None:
    choices: Any = {"by": ANNA, "opt_ins": (), "channels": ("inbox",), "ceiling": 2}
    nothing_chosen().when(rules.choose, **choices).follows().when(rules.choose, **choices).nothing()


def off(*kinds: Any) -> tuple[Switch, ...]:
    return tuple(Switch(kind=kind, channel="mail") for kind in kinds)


def test_a_kind_of_mail_is_switched_off_once_and_everything_else_stays_as_it_was() -> None:
    chosen = RecipientChanged(by=ANNA, person=ANNA, opt_ins=("heads-up",), channels=("inbox", "mail"), ceiling=3)
    stopped = nothing_chosen().given(chosen).when(rules.stop, person=ANNA, kind="reminders")
    after = stopped.then(chosen.model_copy(update={"switched_off": off("reminders")}))
    after.when(rules.stop, person=ANNA, kind="reminders").nothing()
    both = after.when(rules.stop, person=ANNA, kind="check-ins-open").follows().state
    assert both is not None
    assert both.switched_off == off("check-ins-open", "reminders")
    assert both.channels_for("reminders") == ("inbox",)
    assert both.channels_for("questions") == ("inbox", "mail")


def test_who_has_chosen_nothing_may_switch_a_kind_off_and_keeps_what_is_usual() -> None:
    nothing_chosen().when(rules.stop, person=ANNA, kind="digests").then(
        RecipientChanged(by=ANNA, person=ANNA, channels=("inbox", "mail"), ceiling=5, switched_off=off("digests"))
    )


def test_the_usual_ceiling_is_the_installations_until_they_choose_one(monkeypatch: pytest.MonkeyPatch) -> None:
    read = nothing_chosen().given(InboxRead(by=ANNA, person=ANNA, until=AT)).state
    chosen = nothing_chosen().given(RecipientChanged(by=ANNA, person=ANNA, channels=("inbox",), ceiling=3)).state
    assert read is not None
    assert chosen is not None
    assert (read.reminders, chosen.reminders) == (5, 3)
    monkeypatch.setattr(USUAL_CEILING, "reminders", 8)
    assert (read.reminders, chosen.reminders) == (8, 3)


def test_everything_that_has_come_is_read_at_once_and_reading_never_goes_back() -> None:
    read = InboxRead(by=ANNA, person=ANNA, until=local(1))
    after = nothing_chosen().when(rules.read_all, by=ANNA, at=local(1)).then((read, local(1)))
    after.when(rules.read_all, by=ANNA, at=local(1)).nothing()
    after.when(rules.read_all, by=ANNA, at=local(0)).nothing()
    later = InboxRead(by=ANNA, person=ANNA, until=local(2))
    after.when(rules.read_all, by=ANNA, at=local(2)).then((later, local(2)))


def refused(address: str = "one") -> AddressRefused:
    return AddressRefused(by=nobody("delivery"), person=ANNA, address=address, status="5.1.1")


def refusal(address: str = "one") -> dict[str, Any]:
    return {"by": nobody("delivery"), "person": ANNA, "address": address, "status": "5.1.1"}


def test_an_address_is_refused_once() -> None:
    after = nothing_chosen().when(rules.refuse_address, **refusal()).then(refused())
    after.when(rules.refuse_address, **refusal()).nothing()
    after.when(rules.refuse_address, **refusal("two")).then(refused("two"))


def test_its_person_confirms_it_and_it_may_be_refused_again() -> None:
    nothing_chosen().when(rules.confirm_address, by=ANNA).nothing()
    confirmed = AddressConfirmed(by=ANNA, person=ANNA)
    after = nothing_chosen().given(refused()).when(rules.confirm_address, by=ANNA).then(confirmed)
    after.when(rules.confirm_address, by=ANNA).nothing()
    after.when(rules.refuse_address, **refusal()).then(refused())


def test_a_refused_address_changes_no_choice_and_no_choice_changes_it() -> None:
    read = InboxRead(by=ANNA, person=ANNA, until=AT)
    chosen = RecipientChanged(by=ANNA, person=ANNA, channels=("inbox", "mail"), ceiling=3)
    after = nothing_chosen().given(chosen, refused(), read)
    assert after.state is not None
    assert (after.state.ceiling, after.state.read_until, after.state.refused) == (3, AT, "one")
    after.when(rules.choose, by=ANNA, opt_ins=(), channels=("inbox", "mail"), ceiling=3).nothing()
