"""What the rules' tests see happen to aggregates: the diagrams and tables of docs/domain.md.

``make diagrams`` writes them from a run of these tests. In every other run, whatever a rule decides must be on that
page. The tests by Hypothesis are left out, because their stories differ from run to run.
"""

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from coaching_events.event import Event
from eventlog import Aggregate
from goals.check_ins.state import Running, Started, Stopped
from notifications.mailbox.state import Mailbox

PAGE: Final = Path(__file__).parents[2] / "docs" / "domain.md"
BEGIN: Final = "<!-- written by make diagrams: {} -->"
END: Final = "<!-- end -->"
NOTHING: Final = "[*]"


@dataclass(frozen=True, order=True)
class Change:
    """An event that moved an aggregate, or a part of it, from one status to another."""

    before: str
    after: str
    event: str


@dataclass(frozen=True, order=True)
class Decided:
    """An event that a command (``rule``) or a wake decided. ``who`` acted, or why it woke."""

    rule: str
    says: str
    who: str
    event: str


@dataclass
class Life:
    """All that was seen of one kind of aggregate."""

    changes: set[Change] = field(default_factory=set[Change])
    decided: set[Decided] = field(default_factory=set[Decided])

    def lines(self) -> Iterable[str]:
        """The diagram, the commands and the deadlines, as lines of Markdown."""
        yield from ("```mermaid", "stateDiagram-v2", *self._arrows(), "```", "")
        yield from self._commands()
        yield from self._wakes()

    def _arrows(self) -> Iterable[str]:
        events = defaultdict[tuple[str, str], list[str]](list)
        for change in sorted(self.changes):
            events[change.before, change.after].append(change.event)
        for (before, after), names in events.items():
            yield f"    {before} --> {after}: {'<br>'.join(names)}"

    def _commands(self) -> Iterable[str]:
        rows = defaultdict[tuple[str, str], list[Decided]](list)
        for each in sorted(self.decided):
            if each.rule:
                rows[each.rule, each.says].append(each)
        if rows:
            yield from ("| Command | What it does | Who | Events |", "|---|---|---|---|")
        for (rule, says), found in rows.items():
            who = ", ".join(sorted({each.who for each in found}))
            yield f"| `{rule}` | {says} | {who} | {', '.join(sorted({each.event for each in found}))} |"

    def _wakes(self) -> Iterable[str]:
        for why, title in (("deadline", "At a deadline"), ("news", "After news of people and the partnership")):
            events = sorted({each.event for each in self.decided if not each.rule and each.who == why})
            if events:
                yield from ("", f"{title}: {', '.join(events)}.")


@dataclass
class Lives:
    """Collects what was seen, if ``DIAGRAMS`` is set; otherwise compares it with the page."""

    collects: bool = field(default_factory=lambda: "DIAGRAMS" in os.environ)
    seen: dict[str, Life] = field(default_factory=lambda: defaultdict[str, Life](Life))
    _drawn: Mapping[str, str] | None = None

    def saw(
        self,
        aggregate: Aggregate[Any, Any, Any],
        rule: Callable[..., object] | None,
        who: str,
        happened: Sequence[tuple[Event, Mapping[str, str], Mapping[str, str]]],
    ) -> None:
        """A command (``rule``) or a wake decided these events, each with the statuses before and after it."""
        life = Life()
        says = "" if rule is None else _sentence(rule)
        for event, before, after in happened:
            for part in before.keys() | after.keys():
                one, other = before.get(part, NOTHING), after.get(part, NOTHING)
                if one != other:
                    life.changes.add(Change(one, other, event.type))
            life.decided.add(Decided("" if rule is None else rule.__name__, says, who, event.type))
        if self.collects:
            self.seen[aggregate.kind].changes |= life.changes
            self.seen[aggregate.kind].decided |= life.decided
        else:
            self._compare(aggregate.kind, life)

    def _compare(self, kind: str, life: Life) -> None:
        if self._drawn is None:
            self._drawn = sections(PAGE.read_text(encoding="utf-8"))
        drawn = self._drawn.get(kind, "")
        missing = [each for each in life.changes if not _is_drawn(drawn, each)]
        missing += [each for each in life.decided if not _is_listed(drawn, each)]
        assert not missing, f"docs/domain.md does not show {missing[0]}: write it with `make diagrams`"

    def write(self) -> None:
        """Write what was seen into the page, between its marks."""
        text = PAGE.read_text(encoding="utf-8")
        for kind, life in sorted(self.seen.items()):
            begin = BEGIN.format(kind)
            assert begin in text, f"docs/domain.md has no part for {kind}: write its heading and {begin}"
            before, _, rest = text.partition(begin)
            text = "\n".join((before + begin, *life.lines(), END)) + rest.partition(END)[2]
        PAGE.write_text(text, encoding="utf-8")


LIVES = Lives()


def statuses(state: Any) -> Mapping[str, str]:
    """The status of an aggregate, or of each of its parts: the entries of a mailbox, the occasions of check-ins."""
    match state:
        case None:
            return {}
        case Mailbox():
            return {item.entry.id: item.status for item in state.items}
        case Running() | Stopped():
            occasions = (*state.past, state.current) if isinstance(state, Running) else state.past
            return {str(each.occasion): "submitted" if each.written else each.progress for each in occasions}
        case Started():
            return {}
        case _:
            return {"": state.status}


def who_acts(aggregate: Aggregate[Any, Any, Any], state: Any, by: object) -> str:
    """The part of ``by`` in the aggregate: owner, partner, one of the two, or the scope of a system."""
    if by is None:
        return "a reaction"
    if isinstance(by, str) and by.startswith("rule:"):
        return by.removeprefix("rule:")
    for part in ("owner", "partner"):
        if getattr(state, part, None) == by:
            return part
    return "either partner" if len(aggregate.parties(state)) == 2 else "the person"


def sections(text: str) -> Mapping[str, str]:
    """What the page has between its marks, by kind."""
    return dict(re.findall(BEGIN.format("(.+?)") + "\n(.*?)" + END, text, re.S))


def _is_drawn(drawn: str, change: Change) -> bool:
    arrow = re.search(rf"^ +{re.escape(change.before)} --> {re.escape(change.after)}: (.*)$", drawn, re.M)
    return arrow is not None and change.event in arrow[1].split("<br>")


def _is_listed(drawn: str, decided: Decided) -> bool:
    if not decided.rule:
        begin = "At a deadline" if decided.who == "deadline" else "After news"
        return any(decided.event in re.split(r"[:,.] ?", line) for line in re.findall(rf"^{begin}.*$", drawn, re.M))
    for row in re.findall(rf"^\| `{decided.rule}` \|.*$", drawn, re.M):
        *_, who, events, _ = (cell.strip() for cell in row.split("|"))
        if decided.event in events.split(", ") and decided.who in who.split(", "):
            return True
    return False


def _sentence(rule: Callable[..., object]) -> str:
    """The first sentence of its docstring."""
    text = " ".join((rule.__doc__ or "").split())
    return text.partition(". ")[0].rstrip(".").replace("|", "\\|") + "."
