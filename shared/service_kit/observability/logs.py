"""Structured logs: JSON in production, lines for people in a terminal. No names and no words of people in either."""

import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from time import monotonic
from typing import Literal

import structlog
from pydantic import ValidationError
from structlog.typing import EventDict, Processor, WrappedLogger

from eventlog.tracing import trace_id

_AGAIN = 10.0

LogFormat = Literal["json", "human"]


def set_up(form: LogFormat, service: str) -> None:
    """Send all logs, also those of libraries, to standard error in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        with_its_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        told_without_words,
    ]
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _, __, told: {"service": service, **told},
                _renderer(form),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for chatty in ("aiokafka", "pymongo", "faststream", "uvicorn.error"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    handler.addFilter(_SayOnce())


def with_its_trace(_logger: WrappedLogger, _method: str, told: EventDict) -> EventDict:
    """Add the id of the trace in which a line is said."""
    if (trace := trace_id()) is not None:
        told["trace_id"] = trace
    return told


class _SayOnce(logging.Filter):
    """Lets a library say the same thing once in ten seconds: a client whose broker is away says it without end."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("aiokafka", "pymongo")):
            return True
        what, now = str(record.msg), monotonic()
        if now - self._said.get(what, -_AGAIN) < _AGAIN:
            return False
        self._said[what] = now
        return True


def _renderer(form: LogFormat) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )


def told_without_words(_logger: WrappedLogger, _method: str, told: EventDict) -> EventDict:
    """Write an exception as where it came from and what kind it is, without what people or databases put into it."""
    given = told.pop("exc_info", None)
    match given:
        case True:
            error = sys.exc_info()[1]
        case (_, BaseException() as error, _) | (BaseException() as error):
            pass
        case _:
            error = None
    if error is not None:
        told["exception"] = "\n".join(_lines(error))
    return told


def _lines(error: BaseException) -> Iterator[str]:
    if error.__cause__ is not None:
        yield from _lines(error.__cause__)
        yield "which led to:"
    together: Sequence[BaseException] = getattr(error, "exceptions", ())
    if together:
        for each in together:
            yield from _lines(each)
        yield "together:"
    for line in traceback.format_tb(error.__traceback__):
        yield line.rstrip()
    yield f"{type(error).__qualname__}: {message(error)}"


def message(error: BaseException) -> str:
    """What an error says, without the input that it quotes."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in found)
    if type(error).__module__.partition(".")[0] in ("pymongo", "bson", "json"):
        return "(what it quotes is left out)"
    return str(error)[:500]
