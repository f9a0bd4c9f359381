"""The types of refusals of promises and check-ins. They are stable: clients tell them apart."""

PROBLEMS = (
    "already-checked-in", "check-in-closed", "check-in-not-open", "due-has-passed", "due-in-the-past",
    "due-too-far", "kept-at-out-of-range", "no-due-moment", "no-such-occasion", "not-a-promise-of-yours",
    "not-possible-now", "not-your-check-in", "not-yours-to-answer", "not-yours-to-promise",
    "not-yours-to-withdraw", "nothing-asked", "nothing-promised", "partnership-ended", "partnership-not-formed",
    "partnership-paused", "question-open", "taken-back-too-often", "too-late-to-take-back", "too-many-requests-open",
)  # fmt: skip
