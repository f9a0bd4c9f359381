"""What somebody chooses about being told."""

from datetime import datetime
from typing import Any

import pytest

from coaching_events.events.recipient import (
    AddressConfirmed,
    AddressRefused,
    ChatAddress,
    ChatRefused,
    InboxRead,
    RecipientChanged,
    Switch,
)
from coaching_events.ids import PersonalTextsId
from notifications.recipient import recipients, rules
from notifications.recipient.state import USUAL_CEILING, Recipient, recipient_id
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


CHAT = ChatAddress(service="slack", personal_texts=PersonalTextsId("first"))
ANOTHER = ChatAddress(service="teams", personal_texts=PersonalTextsId("second"))
CHOICES: dict[str, Any] = {"by": ANNA, "opt_ins": (), "channels": ("inbox", "mail", "chat"), "ceiling": 5}


def state_of(history: History[Any, Any, Any]) -> Recipient:
    assert isinstance(history.state, Recipient)
    return history.state


def in_a_chat(chat: ChatAddress = CHAT) -> RecipientChanged:
    return RecipientChanged(by=ANNA, person=ANNA, channels=("inbox", "mail", "chat"), ceiling=5, chat=chat)


def chat_refused(chat: ChatAddress = CHAT) -> ChatRefused:
    return ChatRefused(by=nobody("delivery"), person=ANNA, personal_texts=chat.personal_texts, status="http-404")


def a_refusal(chat: ChatAddress = CHAT) -> dict[str, Any]:
    texts = chat.personal_texts
    return {"by": nobody("delivery"), "person": ANNA, "personal_texts": texts, "status": "http-404"}


def test_the_address_of_a_chat_is_a_choice_and_is_removed_without_it() -> None:
    after = nothing_chosen().when(rules.choose, **CHOICES, chat=CHAT).then(in_a_chat())
    after.when(rules.choose, **CHOICES, chat=CHAT).nothing()
    removed = after.when(rules.choose, **CHOICES).then(in_a_chat().model_copy(update={"chat": None}))
    assert state_of(removed).chat is None
    assert state_of(removed).is_unreachable("chat")


def test_a_chat_is_refused_once_and_only_for_the_address_that_refused() -> None:
    nothing_chosen().when(rules.refuse_chat, **a_refusal()).nothing()
    after = nothing_chosen().given(in_a_chat())
    assert not state_of(after).is_unreachable("chat")
    after.when(rules.refuse_chat, **a_refusal(ANOTHER)).nothing()
    after = after.when(rules.refuse_chat, **a_refusal()).then(chat_refused())
    assert state_of(after).is_unreachable("chat")
    assert not state_of(after).is_unreachable("mail")
    after.when(rules.refuse_chat, **a_refusal()).nothing()


def test_a_refused_chat_stays_so_until_there_is_another_address() -> None:
    after = nothing_chosen().given(in_a_chat(), chat_refused())
    fewer: dict[str, Any] = CHOICES | {"ceiling": 3}
    same = after.when(rules.choose, **fewer, chat=CHAT).follows()
    assert state_of(same).is_unreachable("chat")
    other = after.when(rules.choose, **CHOICES, chat=ANOTHER).then(in_a_chat(ANOTHER))
    assert not state_of(other).is_unreachable("chat")
    late = other.given(chat_refused())
    assert not state_of(late).is_unreachable("chat"), "a late answer about the address before"


def test_a_kind_is_switched_off_over_one_channel_and_stays_on_over_the_other() -> None:
    stopped = nothing_chosen().given(in_a_chat()).when(rules.stop, person=ANNA, kind="answers", channel="chat")
    off_there = (Switch(kind="answers", channel="chat"),)
    after = stopped.then(in_a_chat().model_copy(update={"switched_off": off_there}))
    assert state_of(after).channels_for("answers") == ("inbox", "mail")
    after.when(rules.stop, person=ANNA, kind="answers", channel="chat").nothing()
    both = after.when(rules.stop, person=ANNA, kind="answers").follows()
    assert state_of(both).channels_for("answers") == ("inbox",)
    assert state_of(both).channels_for("reminders") == ("inbox", "mail", "chat")


def test_choices_of_before_there_were_chats_still_fold() -> None:
    switches = [{"kind": "answers", "channel": "mail"}]
    data = {"by": ANNA, "person": ANNA, "channels": ["inbox"], "ceiling": 2, "switched_off": switches}
    state = state_of(nothing_chosen().given(RecipientChanged.model_validate(data)))
    assert (state.channels, state.switched_off, state.chat) == (("inbox",), off("answers"), None)


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
