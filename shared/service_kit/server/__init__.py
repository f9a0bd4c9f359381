"""The HTTP server of a process, without a framework: connections, health, limits of clients."""

from service_kit.server.security_headers import policy_of_page

__all__ = ["policy_of_page"]
