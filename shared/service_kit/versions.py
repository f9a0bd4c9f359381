"""Versions of packages: this suite's own, and which of two is newer."""

import re
from importlib.metadata import PackageNotFoundError, version


def suite_version() -> str:
    """The installed version of this suite; ``unknown`` where it runs from its folder without being installed."""
    try:
        return version("tandem")
    except PackageNotFoundError:
        return "unknown"


def is_newer(one: str, than: str) -> bool:
    """Whether one version is newer than another: ``0.109`` than ``0.84``."""
    return _numbers(one) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
