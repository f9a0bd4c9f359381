"""Kafka's jars, fetched once from Maven's repository by jgo and kept in this repository's folder.

Only jgo's resolver is used, not its environments (3.2.0): it writes those file by file in their final place, so that an
interrupted one counts as complete afterwards, and it needs its own JDK to sort modules. The files must be exactly those
of ``jars.sha256``, byte for byte.
"""

import os
import ssl
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from deploy.local.folder import LOCAL
from deploy.local.server import CannotStart

if TYPE_CHECKING:
    from jgo.maven import Artifact

VERSION = "4.3.1"
BROKER = f"org.apache.kafka:kafka_2.13:{VERSION}"
# The broker's own dependencies have no logger. Without one, a failing start prints nothing.
LOGGER = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"

KEPT = LOCAL / f"kafka-{VERSION}"
CHECKSUMS = Path(__file__).with_name("jars.sha256")
"""SHA-256 and name of each file, as ``sha256sum *.jar`` prints them. Make it again for another version."""
SECONDS_FOR_AN_ANSWER = 60
AT_ONCE = 4
BETWEEN_REPORTS = 15


def jars(say: Callable[[str], None]) -> Sequence[Path]:
    """All jars of the broker's class path, Kafka's own first. Raises CannotStart if they cannot be fetched."""
    if not KEPT.exists():
        LOCAL.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=LOCAL, prefix="fetching-") as staging, _trust_what_the_system_trusts():
            _fetch(Path(staging), say)
    return sorted(KEPT.glob("*.jar"), key=lambda jar: (not jar.name.startswith("kafka"), jar.name))


def _fetch(staging: Path, say: Callable[[str], None]) -> None:
    say(f"fetching Apache Kafka {VERSION} (about 40 MB, once) …")
    whole = staging / "jars"
    whole.mkdir()

    def take(artifact: "Artifact") -> None:
        fetched = artifact.resolve()
        fetched.rename(whole / fetched.name)

    try:
        artifacts = _resolve(staging / "repository")
        with ThreadPoolExecutor(AT_ONCE) as side_by_side:
            for count, _ in enumerate(side_by_side.map(take, artifacts), start=1):
                if count % BETWEEN_REPORTS == 0 or count == len(artifacts):
                    say(f"  … {count} of {len(artifacts)} files")
    except (OSError, RuntimeError, ValueError) as failure:
        raise CannotStart(f"Apache Kafka {VERSION} could not be fetched: {failure}") from failure
    check(whole)
    try:
        whole.rename(KEPT)
    except OSError:
        if not KEPT.exists():  # otherwise another run has put the same files there first
            raise


def check(folder: Path) -> None:
    """Raise CannotStart unless the folder holds exactly the files of ``jars.sha256``."""
    lines = (line.split() for line in CHECKSUMS.read_text().splitlines())
    expected = {name: checksum for checksum, name in lines}
    found = {jar.name: _sha256(jar) for jar in folder.iterdir()}
    if wrong := sorted(name for name, _ in expected.items() ^ found.items()):
        raise CannotStart(
            f"Apache Kafka {VERSION} was fetched, but these files are not those of {CHECKSUMS.name}: "
            f"{', '.join(dict.fromkeys(wrong))}. They are not used. Find out who changed them, and fetch them again."
        )


def _sha256(jar: Path) -> str:
    with jar.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _resolve(repository: Path) -> "Sequence[Artifact]":
    # Only the first run needs jgo, and its import is slow.
    from jgo.config import GlobalSettings
    from jgo.maven import MavenContext

    mirrors = GlobalSettings.load().repositories
    context = MavenContext(
        repo_cache=repository, remote_repos={**mirrors, **MavenContext().remote_repos}, timeout=SECONDS_FOR_AN_ANSWER
    )
    broker, needed = context.resolver.resolve([context.create_dependency(BROKER)])
    wanted = [*broker, *needed, context.create_dependency(LOGGER)]
    return [dependency.artifact for dependency in wanted]


@contextmanager
def _trust_what_the_system_trusts() -> Generator[None]:
    # jgo trusts only the authorities of the package certifi. A company's own authority is not among them.
    system = ssl.get_default_verify_paths().cafile
    if not system or "REQUESTS_CA_BUNDLE" in os.environ:
        yield
        return
    os.environ["REQUESTS_CA_BUNDLE"] = system
    try:
        yield
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]
