"""A promise one partner makes to the other: what each may do, one function a command. Pure; time, ids, facts come in.

They stand by subject: asking for a promise in requests.py, making and keeping it in promises.py, what its owner may ask
about it in questions.py, and the partner's answer in agreement.py. What follows by itself stands in wake.py.
"""

from goals.commitment.rules.agreement import agree, decline
from goals.commitment.rules.due import Due
from goals.commitment.rules.promises import keep, make, take_back
from goals.commitment.rules.questions import ask_for_release, renegotiate, withdraw
from goals.commitment.rules.requests import decline_request, request, withdraw_request

__all__ = [
    "Due",
    "agree",
    "ask_for_release",
    "decline",
    "decline_request",
    "keep",
    "make",
    "renegotiate",
    "request",
    "take_back",
    "withdraw",
    "withdraw_request",
]
