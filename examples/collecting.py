"""``make examples``: keeps one real example of each event type beside its schema, from the events of a run."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coaching_events.event import Event, data_of
from coaching_events.ids import StreamId, kind_of
from coaching_events.schemas import example_of


@dataclass(frozen=True)
class Examples:
    """For each type without an example in ``folder``, the event with the most fields. Without a folder, nothing."""

    folder: Path | None = field(default_factory=lambda: _folder(os.environ.get("EXAMPLES")))
    _written: dict[Path, int] = field(default_factory=dict[Path, int])

    def offer(self, stream: StreamId, event: Event) -> None:
        """Keep this event if it is the first of its type, or has more fields than the one kept from this run."""
        if self.folder is None:
            return
        path = self.folder / example_of(kind_of(stream), event.type)
        data: dict[str, Any] = json.loads(data_of(stream, event))
        if len(data) > self._written.get(path, 2**31 if path.exists() else 0):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            self._written[path] = len(data)


def _folder(named: str | None) -> Path | None:
    return None if named is None else Path(named)
