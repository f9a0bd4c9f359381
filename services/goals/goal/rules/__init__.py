"""The rules of a goal: one function per command. Pure: time, ids and reference data are arguments.

There is one file per subject: negotiating.py (propose, counter, agree), pursuing.py (progress) and closing.py (close it
together, and open it again). revisions.py says in words what differs between two revisions. wake.py has what follows at
deadlines.
"""

from goals.goal.rules.closing import confirm_closing, decline_closing, propose_closing, reopen, withdraw_closing
from goals.goal.rules.negotiating import Wording, agree, counter, decline, propose, withdraw
from goals.goal.rules.pursuing import report_progress, take_back

__all__ = [
    "Wording",
    "agree",
    "confirm_closing",
    "counter",
    "decline",
    "decline_closing",
    "propose",
    "propose_closing",
    "reopen",
    "report_progress",
    "take_back",
    "withdraw",
    "withdraw_closing",
]
