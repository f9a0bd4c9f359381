"""What somebody chooses about being told."""

from datetime import datetime
from typing import Any

from coaching_events.recipient import RecipientChanged
from notifications.recipient import recipients, rules
from notifications.recipient.state import recipient_id
from tests.rules.given import History, scenario
from tests.rules.notifications.a_week import ANNA, local

AT: datetime = local(0)


def nothing_chosen() -> History[Any, Any, Any]:
    return scenario(recipients, recipient_id(ANNA), start=AT, facts={})


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
