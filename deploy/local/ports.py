"""Free ports on the loopback interface."""

import socket

LOOPBACK = "127.0.0.1"

_held: list[socket.socket] = []


def free_ports(count: int) -> list[int]:
    """Ports reserved for this process until it ends, also during a restart of a server on them.

    A socket stays bound to each port and never listens. So the system gives the port to no process that asks for a free
    one. A server that names it with SO_REUSEADDR, as servers do, can listen there.
    """
    found = [socket.socket() for _ in range(count)]
    for each in found:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        each.bind((LOOPBACK, 0))
    _held.extend(found)
    return [each.getsockname()[1] for each in found]
