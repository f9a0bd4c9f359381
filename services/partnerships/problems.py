"""The types of the refusals of this service. They are stable: clients match on them."""

PROBLEMS = (
    "already-formed", "already-open", "already-registered", "ambiguous-columns", "confirm-conflicts",
    "confirm-deactivations", "conflict-decided", "day-named-twice", "day-of-another-year",
    "declined-lately", "ends-before-it-begins", "ends-in-the-past", "identity-taken", "incomplete-roster",
    "login-in-use", "login-refused", "login-taken", "missing-columns", "no-longer-open",
    "no-such-absence", "no-terms-on-the-table",
    "not-formed", "not-in-the-directory", "not-paused", "not-your-proposal", "nothing-would-change", "older-login",
    "only-both-may-widen", "other-terms", "partnership-ended", "sharing-until-the-past",
    "starts-in-the-past", "starts-too-late", "taken-back-too-often", "terms-on-the-table", "too-long",
    "too-long-ago", "too-many-proposals-open", "too-many-questions", "too-many-rows", "unknown-region",
    "unreadable-roster", "with-yourself", "withdrawn-lately", "your-own-proposal",
)  # fmt: skip
