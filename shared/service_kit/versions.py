"""Versions of packages, by their numbers. Pure."""

import re


def is_newer(one: str, than: str) -> bool:
    """Whether one version is newer than another: ``0.109`` than ``0.84``."""
    return _numbers(one) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", version))
