"""What each may do, one function a command, in one file a subject."""

from goals.check_ins.rules.writing import RHYTHM, Who, scheduled, start, submit, who

__all__ = ["RHYTHM", "Who", "scheduled", "start", "submit", "who"]
