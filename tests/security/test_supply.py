"""What is fetched from elsewhere is used only if it is byte for byte what this repository names."""

import shutil
from pathlib import Path

import pytest

from deploy.local import CannotStart
from deploy.local.jars import CHECKSUMS, check, jars


@pytest.fixture
def fetched(tmp_path: Path) -> Path:
    """Kafka's jars as they were fetched."""
    folder = tmp_path / "jars"
    shutil.copytree(jars(print)[0].parent, folder)
    return folder


def test_jars_as_this_repository_names_them_are_used(fetched: Path) -> None:
    check(fetched)
    assert len(CHECKSUMS.read_text().splitlines()) == len([*fetched.iterdir()]) > 40


def test_a_jar_that_was_changed_is_not_used(fetched: Path) -> None:
    (broker,) = fetched.glob("kafka_2.13-*.jar")
    broker.write_bytes(broker.read_bytes() + b"!")
    with pytest.raises(CannotStart, match=broker.name):
        check(fetched)


@pytest.mark.parametrize("change", ["one more", "one less"])
def test_no_jar_is_added_or_missing(fetched: Path, change: str) -> None:
    jar = fetched / "zstd.jar" if change == "one more" else next(fetched.glob("zstd-jni-*.jar"))
    jar.write_bytes(b"") if change == "one more" else jar.unlink()
    with pytest.raises(CannotStart, match=jar.name):
        check(fetched)
