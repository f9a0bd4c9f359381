"""The disk of broker and database is full, until somebody makes room."""

import asyncio
import os
import random
import subprocess
import time
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from tests.faults.scene import Json, Scene

MEGABYTES = 1500
MEGABYTE = bytes(1024 * 1024)
FULL_FOR = (5.0, 10.0)
FILLER = "drill_filler"
"""A database of the drill's own, which takes what room the server has set by for itself."""


class NoSmallDisk(Exception):
    """None can be mounted here; why."""


@contextmanager
def small_disk(folder: Path) -> Generator[None]:
    """A file system of its own, in memory, at this folder for the length of the block; raises NoSmallDisk."""
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tandem-drill", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError as missing:
        raise NoSmallDisk("there is no program named mount") from missing
    if mounted.returncode:
        raise NoSmallDisk(f"{mounted.stderr.strip()} (a file system in memory is mounted, which only root may do)")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


async def disk(scene: Scene, seconds: float) -> None:
    """Full for some seconds, again and again; then there is room, and broker and database are started again."""
    if not scene.disk.is_mount():
        raise NoSmallDisk(f"{scene.disk} is no file system of its own, and none else is filled")
    until, met = time.monotonic() + seconds, Counter[str]()
    while time.monotonic() < until - FULL_FOR[1]:
        await asyncio.sleep(scene.rng.uniform(4, 8))
        await _full(scene, scene.rng.uniform(*FULL_FOR), met)
    scene.notes.append(
        f"the disk was full {met['full']} times, the database refused writes {met['refused']} times then"
    )
    if met["refused"] < met["full"]:
        scene.shortcomings.append("the database could still write on a full disk")


async def _full(scene: Scene, seconds: float, met: Counter[str]) -> None:
    scene.away.add("room")
    until, ballast = time.monotonic() + seconds, scene.disk / "ballast"
    met["full"] += 1
    was_refused = False
    try:
        while time.monotonic() < until:
            await asyncio.to_thread(_fill, ballast)
            was_refused = was_refused or await _is_refused(scene.database)
            await asyncio.sleep(0.1)
    finally:
        met["refused"] += was_refused
        ballast.unlink(missing_ok=True)
        for server in (scene.services.kafka, scene.services.mongo):
            await asyncio.to_thread(server.restart)
        await scene.database.drop_database(FILLER)
        scene.away.discard("room")


def _fill(ballast: Path) -> None:
    """Take all the room there is, to the last byte."""
    with ballast.open("ab", buffering=0) as file:
        for block in (MEGABYTE, MEGABYTE[:4096], MEGABYTE[:1]):
            try:
                while True:
                    file.write(block)
            except OSError:
                os.fsync(file.fileno())


async def _is_refused(database: AsyncMongoClient[Json]) -> bool:
    """Write some megabytes, and see whether the server still can."""
    try:
        async with asyncio.timeout(2):
            for _ in range(8):
                await database[FILLER]["pages"].insert_one({"page": random.randbytes(4 * len(MEGABYTE))})
    except (PyMongoError, TimeoutError):
        return True
    return False
