"""The settings of the sessions service: the limits of open questions, and where the pages of dates are."""

from dataclasses import dataclass

from pydantic import Field

from coaching_readmodels.asking_limits import ASKING, AskingSettings


class SessionsSettings(AskingSettings):
    """Without ``CONSOLE_URL`` the dates of calendar feeds have no links."""

    console_url: str | None = Field(
        None,
        pattern=r"^https?://[^/?#]+$",
        description="the address of the console, for links in calendar feeds",
        examples=["https://tandem.example.com"],
    )


@dataclass
class Pages:
    """The addresses of pages in the console, if there is one."""

    console: str | None = None

    def of(self, kind: str, stream: str) -> str | None:
        """The address of the page of a stream; ``kind`` is the beginning of its path."""
        return None if self.console is None else f"{self.console}/{kind}/{stream}"


PAGES = Pages()
"""The pages that this process names."""


def use(settings: SessionsSettings) -> None:
    """Use these settings in this process."""
    ASKING.use(settings)
    PAGES.console = settings.console_url
