"""The folder of this repository for downloads, caches and data. It can be deleted at any time."""

from pathlib import Path

LOCAL = Path(__file__).parents[2] / ".local"
