"""How long is waited after failures: longer and longer, but never too long, and for any number of them."""

from eventlog.ids import backed_off


def test_waits_grow_to_the_longest_and_no_number_of_failures_is_too_high() -> None:
    assert [backed_off(0.5, failures, 10) for failures in range(6)] == [0.5, 1, 2, 4, 8, 10]
    assert backed_off(0.05, 5_000, 300) == 300
