"""Choosing how one is told. Pure."""

from collections.abc import Collection, Sequence
from typing import get_args

from coaching_events.ids import PersonId
from coaching_events.recipient import Channel, OptIn, RecipientChanged
from notifications.recipient.state import Recipient


def choose(
    recipient: Recipient | None, *, by: PersonId, opt_ins: Collection[OptIn], channels: Collection[Channel],
    ceiling: int,
) -> Sequence[RecipientChanged]:  # fmt: skip
    """Say how one wants to be told. The same choices again change nothing; the inbox stays on in any case."""
    chosen = Recipient(
        person=by,
        opt_ins=tuple(each for each in get_args(OptIn) if each in opt_ins),
        channels=tuple(each for each in get_args(Channel) if each == "inbox" or each in channels),
        ceiling=ceiling,
    )
    if chosen == recipient:
        return ()
    return [
        RecipientChanged(
            by=by, person=by, opt_ins=chosen.opt_ins, channels=chosen.channels, ceiling=chosen.ceiling
        )
    ]  # fmt: skip
