"""The interface of a backing service, and the implementation as a process on this machine."""

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

GUARDIAN = Path(__file__).with_name("guardian.py")
SECONDS_TO_STOP = 15.0


class CannotStart(RuntimeError):
    """A backing service did not start. The text has the reason and the place of its log."""


class NotOurs(RuntimeError):
    """A service given by its address must not be killed or restarted from here."""


class Server(Protocol):
    """One backing service. ``what`` is its name for people, ``lacks`` what it cannot show."""

    @property
    def url(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def lacks(self) -> Sequence[str]: ...

    def start(self) -> None:
        """Start it and wait until it answers. Raises CannotStart."""
        ...

    def kill(self) -> None:
        """SIGKILL, for fault drills. Raises NotOurs for a service given by its address."""
        ...

    def restart(self) -> None:
        """Start it again on the same port with the same data. Stops it first if it runs. Raises NotOurs."""
        ...

    def stop(self) -> None:
        """Stop it and everything that belongs to it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenByAddress:
    """A service that other people run. ``wait`` returns when it answers."""

    url: str
    what: str
    wait: Callable[[str], None]
    lacks: Sequence[str] = ()

    def start(self) -> None:
        """Wait until it answers."""
        self.wait(self.url)

    def kill(self) -> None:
        """Refused."""
        raise NotOurs(f"{self.what} was given by its address {self.url}: it is not ours to kill or restart")

    restart = kill

    def stop(self) -> None:
        """Nothing to do."""


@dataclass(slots=True, kw_only=True)
class LocalServer:
    """A process of this machine. The guardian ends it when its starter ends.

    ``prepare`` returns the command line, and may fetch what is missing. ``wait`` gets the address and a check that
    raises
    CannotStart after the end of the process. ``ended`` gets its exit status, as a shell shows it. Without
    ``environment``
    the process inherits the starter's.
    """

    url: str
    what: str
    lacks: Sequence[str]
    log: Path
    prepare: Callable[[], Sequence[str]]
    wait: Callable[[str, Callable[[], None]], None]
    environment: Mapping[str, str] | None = None
    ended: Callable[[int], None] = lambda status: None
    _guardian: "subprocess.Popen[bytes] | None" = field(default=None, init=False)

    def start(self) -> None:
        """Start the process and wait until it answers."""
        command = self.prepare()
        with self.log.open("ab") as log:
            self._guardian = guarded("run", command, output=log.fileno(), environment=self.environment)
        self.wait(self.url, self._check_alive)

    def kill(self) -> None:
        """SIGKILL; returns when the process is gone."""
        if (guardian := self._guardian) is not None:
            assert guardian.stdin is not None
            with suppress(BrokenPipeError):  # it has already ended
                guardian.stdin.write(b"kill\n")
            guardian.wait(SECONDS_TO_STOP)
            self.stop()

    def restart(self) -> None:
        """Stop the process if it runs, and start it on the same port with the same data."""
        self.stop()
        self.start()

    def stop(self) -> None:
        """SIGTERM, and SIGKILL if the process does not end."""
        if (guardian := self._guardian) is not None:
            release(guardian)
            self._guardian = None
            self.ended(guardian.returncode)

    def _check_alive(self) -> None:
        if self._guardian is None or self._guardian.poll() is not None:
            raise CannotStart(f"{self.what} ended while starting. The end of {self.log}:\n{_tail(self.log)}")


def guarded(
    mode: str, command: Sequence[str], *, output: int | None = None, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start the guardian of a command, in its own session, so that Ctrl-C reaches only the starter."""
    return subprocess.Popen(
        [sys.executable, "-I", str(GUARDIAN), mode, *command],
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=environment,
        start_new_session=True,
    )


def release(guardian: "subprocess.Popen[bytes]") -> None:
    """Release a guardian and wait until it has ended its command."""
    assert guardian.stdin is not None
    guardian.stdin.close()
    guardian.wait(SECONDS_TO_STOP)


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
