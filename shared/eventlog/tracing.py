"""Traces: which one a step belongs to, as a W3C ``traceparent``, also where nobody records spans.

Source: W3C Trace Context (https://www.w3.org/TR/trace-context/), section 3.2. ``tracestate`` is not passed on.
This module knows no tracing library: a process that exports spans installs a ``Recorder``.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar, Token
from types import TracebackType
from typing import Literal, Protocol, Self

from eventlog.ids import fresh_id

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Attributes = Mapping[str, str | int]

MOST_LINKS = 128
"""Traces that one span names besides its own: a batch may hold events of many more."""

_PARTS = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_KNOWN_FLAGS = 0b11
_CURRENT: ContextVar[str | None] = ContextVar("traceparent", default=None)


class RecordedSpan(Protocol):
    """A span that is being recorded."""

    @property
    def traceparent(self) -> str:
        """Its place in its trace."""
        ...

    def rename(self, name: str) -> None:
        """Give it another name."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Add attributes."""
        ...

    def end(self, *, error: str | None, failed: bool) -> None:
        """It is over; ``error`` is the kind of exception that ended it."""
        ...


class Recorder(Protocol):
    """Records spans and sends them somewhere."""

    def begin(
        self, name: str, kind: Kind, parent: str | None, links: Iterable[str], attributes: Attributes
    ) -> RecordedSpan:
        """A span that begins now; without a parent it begins a trace."""
        ...


_recorder: Recorder | None = None


def record_with(recorder: Recorder | None) -> None:
    """Record this process's spans from now on, or, with None, no longer."""
    global _recorder
    _recorder = recorder


def is_recording() -> bool:
    """Whether spans are recorded: if not, what only they need is not worth being computed."""
    return _recorder is not None


def current() -> str | None:
    """The ``traceparent`` of the step that runs now; None outside of any."""
    return _CURRENT.get()


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hexadecimal digits of its trace."""
    return None if traceparent is None else traceparent[3:35]


def understood(text: str | None) -> str | None:
    """A ``traceparent`` that somebody sent, in version 00; None if it is none. A later version is read as far as 00."""
    found = None if text is None else _PARTS.fullmatch(text)
    if found is None or (found[1] == "00" and found[5]):
        return None
    return f"00-{found[2]}-{found[3]}-{int(found[4], 16) & _KNOWN_FLAGS:02x}"


def fresh() -> str:
    """A trace of its own that nobody records. Its second half names the span: it is never all zeros."""
    trace = fresh_id()
    return f"00-{trace}-{trace[16:]}-00"


class Span:
    """One step of a trace, for ``with``: inside, ``current()`` is its place.

    It goes on from ``parent``, else from the step around it, else it begins a trace. With ``root`` it begins one in any
    case; with ``silent`` it is not recorded. What others sent as a parent has to be ``understood`` before. An exception
    that leaves it marks it as failed, but for an internal one: a refusal is no failure.
    """

    __slots__ = (
        "_attributes",
        "_error",
        "_kind",
        "_links",
        "_name",
        "_parent",
        "_recorded",
        "_root",
        "_silent",
        "_token",
        "traceparent",
    )

    def __init__(
        self,
        name: str,
        kind: Kind = "internal",
        *,
        parent: str | None = None,
        root: bool = False,
        silent: bool = False,
        links: Iterable[str] = (),
        attributes: Attributes | None = None,
    ) -> None:
        self._kind: Kind = kind
        self._name, self._parent, self._root = name, parent, root
        self._silent, self._links, self._attributes = silent, links, attributes or {}
        self._error: str | None = None
        self._recorded: RecordedSpan | None = None
        self._token: Token[str | None]
        self.traceparent = ""

    def __enter__(self) -> Self:
        parent = None if self._root else self._parent or _CURRENT.get()
        if _recorder is None or self._silent:
            self.traceparent = parent or fresh()
        else:
            self._recorded = _recorder.begin(self._name, self._kind, parent, self._links, self._attributes)
            self.traceparent = self._recorded.traceparent
        self._token = _CURRENT.set(self.traceparent)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _CURRENT.reset(self._token)
        if self._recorded is not None:
            error_type = self._error if kind is None else kind.__name__
            failed = error_type is not None and self._kind != "internal"
            self._recorded.end(error=error_type, failed=failed)

    def rename(self, name: str) -> None:
        """Give it the name that is known by now."""
        if self._recorded is not None:
            self._recorded.rename(name)

    def fail(self, error: str) -> None:
        """Mark it as failed without an exception: ``error`` says of what kind, in one word."""
        self._error = error

    def note(self, attributes: Attributes) -> None:
        """Add attributes; none with words or names of people."""
        if self._recorded is not None:
            self._recorded.note(attributes)


def traces_of(records: Iterable[Sequence[tuple[str, bytes | None]]]) -> list[str]:
    """The first MOST_LINKS different ``traceparent`` among these records' headers."""
    found: dict[str, None] = {}
    for headers in records:
        for name, value in headers:
            # A header's value may be absent, and anybody may write to a topic.
            if name == "ce_traceparent" and (sent := understood((value or b"").decode(errors="replace"))):
                found[sent] = None
        if len(found) >= MOST_LINKS:
            break
    return list(found)[:MOST_LINKS]
