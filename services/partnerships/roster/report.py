"""The report of an import: every line is in exactly one of its numbers or lists."""

from coaching_events.ids import CalendarId, ConflictId, PersonId
from service_kit.bodies import View


class LineView(View):
    """A line, and what is reported about it."""

    line: int
    why: str


class ConflictView(View):
    """A line about an unknown person who may be ``person``. It waits in the list of conflicts for a decision."""

    line: int
    why: str
    person: PersonId
    conflict: ConflictId


class Report(View):
    """The result of an import; with ``dry_run``, of the import without that option.

    ``lines`` of the file = ``registered`` + ``changed`` + ``unchanged`` + the number of ``wrong`` lines + that of
    ``conflicts``. ``warnings`` are about imported lines: what was left out of them. ``missing`` are people who are not
    in a
    complete roster: they are deactivated. ``calendars`` are the new ones.
    """

    lines: int
    registered: int
    changed: int
    unchanged: int
    deactivated: int
    wrong: tuple[LineView, ...]
    warnings: tuple[LineView, ...]
    conflicts: tuple[ConflictView, ...]
    missing: tuple[PersonId, ...] = ()
    calendars: tuple[CalendarId, ...]
    dry_run: bool = False
