"""The web addresses that a person may give for a chat: only of hosts that the installation allows.

The address comes from a person, and this service sends requests to it. So it must not lead into the company's network
(server-side request forgery): the host is in a list, the scheme is https, and no redirect is followed.
"""

import re
from collections.abc import Sequence
from typing import Final

USUAL_HOSTS: Final = ("hooks.slack.com", "*.environment.api.powerplatform.com", "*.logic.azure.com")
"""Slack's incoming webhooks, and Teams workflows on Power Platform hosts, the present and the former ones."""
LONGEST_ADDRESS: Final = 2000

_ADDRESS = re.compile(r"(https?)://([a-z0-9.-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*)")
"""Nothing in it can be read in two ways: no login, no backslash, no fragment, no letters outside of ASCII."""
_HOST = re.compile(r"(?:http://)?(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*")
_UNENCRYPTED = "http://"


class NotAllowed(ValueError):
    """No message may be sent to this web address."""


class ChatHosts:
    """The hosts that are allowed. Empty: there is no chat in this installation."""

    def __init__(self, hosts: Sequence[str] = ()) -> None:
        self.hosts = tuple(hosts)

    def use(self, hosts: Sequence[str]) -> None:
        """Allow these hosts."""
        self.hosts = tuple(hosts)

    def host_of(self, address: str) -> str:
        """The host of a web address that is allowed. Raises NotAllowed."""
        parts = _ADDRESS.fullmatch(address)
        if parts is None or len(address) > LONGEST_ADDRESS:
            raise NotAllowed
        scheme, host, port, _ = parts.groups()
        if scheme == "http":
            if f"{_UNENCRYPTED}{host}" not in self.hosts:
                raise NotAllowed
        elif port not in (None, ":443") or not any(_fits(host, allowed) for allowed in self.hosts):
            raise NotAllowed
        return host


def _fits(host: str, allowed: str) -> bool:
    return host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))


def hosts_in(text: str) -> Sequence[str]:
    """The hosts of a setting: names separated by commas, ``*.`` for all below one. Raises ValueError.

    ``http://`` before a name allows requests to it that are not encrypted, at any port.
    """
    hosts = [host for part in text.split(",") if (host := part.strip().lower())]
    if not all(_HOST.fullmatch(host) for host in hosts):
        raise ValueError("is a list of hosts, separated by commas")
    return hosts


def is_unencrypted(host: str) -> bool:
    """Whether a host of the setting allows requests that are not encrypted."""
    return host.startswith(_UNENCRYPTED)


CHAT_HOSTS = ChatHosts()
"""The hosts of this process."""
