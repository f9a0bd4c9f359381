"""The rules of a promise: one function per command. Pure: time, ids and reference data are arguments.

There is one file per subject: requests.py (ask for a promise), promises.py (make and keep one), questions.py (the
owner's questions about it), agreement.py (the partner's answers) and kindness.py (thanks and a clean slate). wake.py
has what follows at deadlines.
"""

from coaching_readmodels.promises import Due
from goals.commitment.rules.agreement import agree, decline
from goals.commitment.rules.follow_ups import take_up
from goals.commitment.rules.kindness import give_clean_slate, thank
from goals.commitment.rules.promises import keep, make, take_back
from goals.commitment.rules.questions import ask_for_release, renegotiate, withdraw
from goals.commitment.rules.requests import decline_request, request, withdraw_request

__all__ = [
    "Due",
    "agree",
    "ask_for_release",
    "decline",
    "decline_request",
    "give_clean_slate",
    "keep",
    "make",
    "renegotiate",
    "request",
    "take_back",
    "take_up",
    "thank",
    "withdraw",
    "withdraw_request",
]
