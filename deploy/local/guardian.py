"""Run one command and end it when its starter has ended: ``python guardian.py run|afterwards COMMAND…``.

The starter holds the other end of this process's standard input. When that pipe closes, because the starter closed it
or died for any reason, the guardian ends the command. A pipe detects every death, on every POSIX system. Linux's
PR_SET_PDEATHSIG alone would also act when a *thread* of the starter ends.

``run``: start COMMAND; a line ``kill`` sends SIGKILL, a closed pipe SIGTERM and, after some seconds, SIGKILL.
``afterwards``: wait for the closed pipe, then run COMMAND once (it removes a container).

It uses only the standard library, because it is run by path, outside of any environment.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence

SECONDS_TO_STOP = 10.0
PIPE = 0
PR_SET_PDEATHSIG = 1


def main(mode: str, command: Sequence[str]) -> int:
    """The exit status of the command as a shell shows it: 128 plus the number of the signal that ended it."""
    for ignored in (signal.SIGINT, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    if mode == "afterwards":
        while os.read(PIPE, 100):
            pass
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False).returncode
    # SIGTERM keeps its default action. If the guardian itself is ended, PDEATHSIG ends its command, on Linux only;
    # elsewhere only the pipe does.
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, preexec_fn=_die_with(os.getpid()))
    threading.Thread(target=_obey, args=(child,), daemon=True).start()
    status = child.wait()
    return status if status >= 0 else 128 - status


def _obey(child: subprocess.Popen[bytes]) -> None:
    while asked := os.read(PIPE, 100):
        if b"kill" in asked:
            child.kill()
    child.terminate()
    try:
        child.wait(SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        child.kill()


def _die_with(parent: int) -> Callable[[], None]:
    def before_exec() -> None:
        for restored in (signal.SIGINT, signal.SIGHUP):
            signal.signal(restored, signal.SIG_DFL)
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:
                os._exit(1)

    return before_exec


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
