"""Records of version 0.2.0 and earlier: types without a prefix, no installation in the source, former names."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from coaching_events.ids import StreamId


class Old(NamedTuple):
    """One record as an older process wrote it."""

    headers: Mapping[str, str]
    value: str

    @property
    def stream(self) -> StreamId:
        return StreamId(self.headers["ce_subject"])

    @property
    def raw(self) -> list[tuple[str, bytes | None]]:
        return [(name, text.encode()) for name, text in self.headers.items()]

    def with_names(self, names: Mapping[str, str]) -> "Old":
        """The same record about others."""
        told, value = json.dumps(dict(self.headers)), self.value
        for name, other in names.items():
            told, value = told.replace(name, other), value.replace(name, other)
        return Old(json.loads(told), value)


RECORDS = [
    Old(each["headers"], each["value"])
    for each in json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
]
