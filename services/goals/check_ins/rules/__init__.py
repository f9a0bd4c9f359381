"""The rules of check-ins: one function per command, one file per subject."""

from goals.check_ins.rules.writing import RHYTHM, Who, scheduled, start, submit, who

__all__ = ["RHYTHM", "Who", "scheduled", "start", "submit", "who"]
