"""When the console asks somebody about a meeting."""

from console.api_client import Json


def asks_how_it_was(each: Json, me: str, now: str) -> bool:
    """Whether this is a meeting that is over, and the person has not said yet how it was. ``now`` is in ISO 8601."""
    is_over = each["status"] == "scheduled" and each["end"] < now
    return is_over and all(report["by"] != me for report in each["reports"])
