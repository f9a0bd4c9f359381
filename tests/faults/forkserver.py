"""Starts processes of the suite by forking one that has imported everything: ``python -m tests.faults.forkserver``.

A drill kills more than it could start anew: importing a service costs seconds of a processor, a fork milliseconds. What
is forked opens its own connections, and runs what ``python -m <service> <role>`` runs.

It reads one JSON object a line (name, service, role, environment, log, fault) and tells the same way: ``pid`` of what
was started, ``ended`` of what is gone. When its input closes, everything ends with it.
"""

import ctypes
import gc
import json
import os
import random
import select
import signal
import sys
from collections.abc import Mapping
from typing import Any, NoReturn

from goals.app import definition as goals
from notifications.app import definition as notifications
from partnerships.app import definition as partnerships
from service_kit.process import ServiceDefinition
from service_kit.process.run import run
from sessions.app import definition as sessions
from tests.faults import failing

DEFINITIONS: Mapping[str, ServiceDefinition[Any]] = {
    each.service.name: each for each in (partnerships, goals, sessions, notifications)
}
PR_SET_PDEATHSIG = 1


def main() -> None:
    """Fork what is asked for and tell what has ended, until nobody asks any more."""
    bell, rung = os.pipe()
    os.set_blocking(rung, False)
    signal.set_wakeup_fd(rung)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    names: dict[int, str] = {}
    asked = b""
    while True:
        readable, _, _ = select.select([0, bell], [], [])
        if bell in readable:
            os.read(bell, 1000)
            _reap(names)
        if 0 in readable:
            if not (part := os.read(0, 65536)):
                break
            *lines, asked = (asked + part).split(b"\n")
            for line in lines:
                order = json.loads(line)
                pid = os.fork()
                if pid == 0:
                    _become(order)
                names[pid] = order["name"]
                _tell(name=order["name"], pid=pid)
    for pid in names:
        os.kill(pid, signal.SIGKILL)


def _reap(names: dict[int, str]) -> None:
    while names:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        _tell(name=names.pop(pid), ended=os.waitstatus_to_exitcode(status), pid=pid)


def _tell(**said: Any) -> None:
    os.write(1, json.dumps(said).encode() + b"\n")


def _become(order: Mapping[str, Any]) -> NoReturn:
    """What ``python -m <service> <role>`` does, with this environment and this log."""
    status = 1
    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        for restored in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(restored, signal.SIG_DFL)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        for number, source in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(source, number)
        os.environ.update(order["environment"])
        random.seed()  # or all that is forked would wait equally long
        definition = DEFINITIONS[order["service"]]
        failing.install(order["fault"], definition.service)
        status = run(definition, definition.settings.from_environment(), order["role"])
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
