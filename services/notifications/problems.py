"""The types of the refusals of notifications. They are stable: clients match on them."""

PROBLEMS = ("chat-address-not-allowed", "chat-not-offered")
