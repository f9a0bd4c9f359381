"""The folder of this repository that holds what is fetched, cached and stored here; it may be wiped."""

from pathlib import Path

LOCAL = Path(__file__).parents[2] / ".local"
