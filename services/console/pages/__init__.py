"""The pages, each in a file of its own. A page reads what it shows from the services, all at the same time."""

from collections.abc import Mapping
from typing import Final

from console.pages.week import week
from console.visit import Page

PAGES: Final[Mapping[str, Page]] = {"/": week}
"""Address → page."""
