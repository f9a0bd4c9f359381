"""The HTTP server of a process, without a framework: connections, health, limits of clients."""

from service_kit.server.health import Check, Health
from service_kit.server.limits import announces_body
from service_kit.server.problem_details import MEDIA_TYPE, details
from service_kit.server.security_headers import SecurityHeadersMiddleware, policy_of_page
from service_kit.server.server import GRACE, LEAVE, Server, listening

__all__ = [
    "GRACE",
    "LEAVE",
    "MEDIA_TYPE",
    "Check",
    "Health",
    "SecurityHeadersMiddleware",
    "Server",
    "announces_body",
    "details",
    "listening",
    "policy_of_page",
]
