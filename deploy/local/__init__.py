"""Kafka and MongoDB for demo, tests and development: by address, in Docker, or started on this machine."""

from deploy.local.backing import DEFAULT_DATA, BackingServices, backing_services
from deploy.local.server import CannotStart, NotOurs, Server

__all__ = ["DEFAULT_DATA", "BackingServices", "CannotStart", "NotOurs", "Server", "backing_services"]
