"""The rules of check-ins: one function per command, one file per subject."""

from goals.check_ins.rules.replies import answer
from goals.check_ins.rules.writing import RHYTHM, Who, revise, scheduled, start, submit, who

__all__ = ["RHYTHM", "Who", "answer", "revise", "scheduled", "start", "submit", "who"]
