"""The machine that was measured on: without it a figure says nothing."""

import os
import platform
from pathlib import Path
from typing import Any

import pymongo


def cpu() -> str:
    """What the processor calls itself."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith(("model name", "Model")):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine(servers: str, mongo_url: str) -> dict[str, Any]:
    """The machine, its load before anything began, and the servers; ``servers`` is what their starter says of them."""
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongo_url)
    try:
        spoken = client.server_info()["version"]
    finally:
        client.close()
    return {
        "cores": cores(),
        "cpu": cpu(),
        "system": platform.platform(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 2),
        "servers": servers,
        "mongodb_version_spoken": spoken,
    }
