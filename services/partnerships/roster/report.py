"""What became of a roster: every line is in exactly one of its numbers or lists."""

from coaching_events.ids import CalendarId, ConflictId, PersonId
from service_kit.bodies import View


class LineView(View):
    """A line and what is said of it."""

    line: int
    why: str


class ConflictView(View):
    """A line about somebody unknown who may be ``person``. It waits in the list of conflicts until it is decided."""

    line: int
    why: str
    person: PersonId
    conflict: ConflictId


class Report(View):
    """What became of a roster, or with ``dry_run`` what would.

    ``lines`` of the file = ``registered`` + ``changed`` + ``unchanged`` + the number of ``wrong`` lines + that of
    ``conflicts``. ``warnings`` are about lines that went in: what was left out of them. ``missing`` are people whom a
    complete roster does not name: they are deactivated. ``calendars`` are new ones.
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
