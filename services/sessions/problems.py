"""The types of the refusals of sessions. They are stable: clients match on them."""

PROBLEMS = (
    "already-reported",
    "another-time-is-offered",
    "no-open-offer",
    "not-your-offer",
    "notes-changed",
    "partnership-ended",
    "partnership-not-formed",
    "partnership-paused",
    "reschedule-open",
    "session-has-begun",
    "session-not-agreed",
    "session-not-open",
    "session-not-over",
    "session-over",
    "start-in-the-past",
    "taken-back-too-often",
    "time-has-passed",
    "time-unchanged",
    "too-many-sessions-open",
    "your-own-offer",
)
