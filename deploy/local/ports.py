"""Free ports on the loopback interface."""

import socket

LOOPBACK = "127.0.0.1"

_held: list[socket.socket] = []


def free_ports(count: int) -> list[int]:
    """Ports that are this process's until it ends, also while what it started there is restarted.

    A socket stays bound to each and never listens. The system then gives the port to nobody who asks for any free one,
    and who names it, with SO_REUSEADDR as servers do, can listen there.
    """
    found = [socket.socket() for _ in range(count)]
    for each in found:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.bind((LOOPBACK, 0))
    _held.extend(found)
    return [each.getsockname()[1] for each in found]
