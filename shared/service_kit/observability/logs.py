"""Structured logs: JSON in production, lines in a terminal. Neither has names or texts of people."""

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

REPEAT_AFTER = 10.0
"""Seconds until the same line of a library is logged again."""

LogFormat = Literal["json", "human"]


def set_up(form: LogFormat, service: str) -> None:
    """Send all logs, also those of libraries, to standard error in one format."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        format_exception,
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
                lambda _, __, line: {"service": service, **line},
                _renderer(form),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for library in ("aiokafka", "pymongo", "faststream", "uvicorn.error"):
        logging.getLogger(library).setLevel(logging.WARNING)
    handler.addFilter(_Repetitions())


def add_trace(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Add the id of the current trace to a line."""
    if (trace := trace_id()) is not None:
        line["trace_id"] = trace
    return line


class _Repetitions(logging.Filter):
    """Drops repeated lines of a library: a client logs the same line all the time while its server is away."""

    def __init__(self) -> None:
        super().__init__()
        self._logged: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(("aiokafka", "pymongo")):
            return True
        what, now = str(record.msg), monotonic()
        if now - self._logged.get(what, -REPEAT_AFTER) < REPEAT_AFTER:
            return False
        self._logged[what] = now
        return True


def _renderer(form: LogFormat) -> Processor:
    if form == "json":
        return structlog.processors.JSONRenderer()
    return structlog.dev.ConsoleRenderer(
        colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback, sort_keys=False
    )


def format_exception(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    """Replace an exception by its traceback and type, without texts that people or databases put into it."""
    match line.pop("exc_info", None):
        case True:
            error = sys.exc_info()[1]
        case (_, BaseException() as error, _) | (BaseException() as error):
            pass
        case _:
            error = None
    if error is not None:
        line["exception"] = "\n".join(_lines(error))
    return line


def _lines(error: BaseException) -> Iterator[str]:
    if error.__cause__ is not None:
        yield from _lines(error.__cause__)
        yield "which led to:"
    if group := exceptions_in(error):
        for each in group:
            yield from _lines(each)
        yield "together in:"
    for line in traceback.format_tb(error.__traceback__):
        yield line.rstrip()
    yield f"{type(error).__qualname__}: {message(error)}"


def exceptions_in(error: BaseException) -> Sequence[BaseException]:
    """The exceptions of a group; of any other exception none."""
    together: Sequence[BaseException] = getattr(error, "exceptions", ())
    return together


def message(error: BaseException) -> str:
    """The text of an error without the input that it quotes."""
    if isinstance(error, ValidationError):
        found = error.errors(include_url=False, include_context=False, include_input=False)
        return "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['type']}" for each in found)
    if type(error).__module__.partition(".")[0] in ("pymongo", "bson", "json"):
        return "(what it quotes is left out)"
    return str(error)[:500]
