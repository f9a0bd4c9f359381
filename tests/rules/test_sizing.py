"""The model of cost in the documentation is the one that is computed, and grows as it says."""

from pathlib import Path

from tests.benchmarks.sizing import PEOPLE, Sized

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


def test_the_table_in_the_documentation_is_what_the_model_computes() -> None:
    told = DOCUMENT.read_text().splitlines()
    sizes = [Sized(people).lines() for people in PEOPLE]
    for name in sizes[0]:
        assert f"| {name} | {' | '.join(lines[name] for lines in sizes)} |" in told


def test_ten_times_the_people_write_ten_times_as_much() -> None:
    few, many = Sized(1_000_000), Sized(10_000_000)
    assert many.peak_events == 10 * few.peak_events
    assert many.workers > 9 * few.workers
