"""Other processes of this machine, seen from outside: who listens at a port, CPU time, memory. On Linux only."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

PROCESSES = Path("/proc")
LISTENING = "0A"
_TICK = os.sysconf("SC_CLK_TCK")
_PORT = re.compile(r":(\d+)(/|$)")


def can_see() -> bool:
    """Whether this system shows its processes."""
    return (PROCESSES / "self" / "status").exists()


def listener(url: str) -> int | None:
    """The process that listens at the port of an address of this machine, if it can be seen.

    None for a container: what listens for it here is Docker's, and not the server.
    """
    found = _PORT.search(url.partition("?")[0])
    if found is None or not can_see():
        return None
    sockets = {f"socket:[{inode}]" for inode in _inodes(int(found[1]))}
    for process in PROCESSES.iterdir():
        if process.name.isdigit() and _holds(process, sockets):
            return None if "docker" in (process / "comm").read_text() else int(process.name)
    return None


def cpu_seconds(process: int) -> float:
    """CPU time of all its threads so far, of user and system."""
    fields = (PROCESSES / str(process) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def memory(process: int) -> float:
    """Megabytes that it holds in memory now."""
    return _megabytes(process, "VmRSS")


def peak_memory(process: int) -> float:
    """Megabytes that it has held at most so far."""
    return _megabytes(process, "VmHWM")


def _megabytes(process: int, name: str) -> float:
    for line in (PROCESSES / str(process) / "status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"process {process} shows no {name}")


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        for line in (PROCESSES / "net" / table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _holds(process: Path, sockets: set[str]) -> bool:
    try:
        return any(os.readlink(handle) in sockets for handle in (process / "fd").iterdir())
    except OSError:  # it has ended, or is somebody else's
        return False
