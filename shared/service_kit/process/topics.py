"""The setting TOPICS: the topics that a deployment has moved."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE = re.compile(r"(?P<service>[a-z]+)=(?P<name>[A-Za-z0-9._-]{1,200})(:(?P<partitions>[1-9][0-9]{0,2}))?")


@dataclass(frozen=True, slots=True)
class MovedTopic:
    """The new topic of a service; ``partitions`` is None if it has as many as the other topics."""

    name: str
    partitions: int | None = None


def moved_topics(given: str) -> Mapping[str, MovedTopic]:
    """Service → topic, from a text such as ``goals=coaching.goals.v2:12`` with commas between the entries.

    Raises ValueError; its text completes a sentence that begins with "it".
    """
    moved: dict[str, MovedTopic] = {}
    for each in given.split(","):
        found = _ONE.fullmatch(each.strip())
        if found is None:
            raise ValueError("is a list of service=topic or service=topic:partitions")
        if found["service"] in moved:
            raise ValueError(f"names {found['service']} twice")
        partitions = found["partitions"]
        moved[found["service"]] = MovedTopic(found["name"], None if partitions is None else int(partitions))
    return moved
