"""When a consumer counts as stuck: nothing of a partition is done for long while more and more of it waits."""

from collections.abc import Mapping, Sequence

from service_kit.observability.lag_monitor import PartitionLag
from service_kit.observability.watchdog import standstills, stuck

PATIENCE = 300.0

Looks = Sequence[Mapping[str, PartitionLag] | None]


def verdicts(looks: Looks, every: float = 100.0) -> list[str | None]:
    """What each of these looks says, so many seconds apart."""
    standing, said = standstills({}, None, 0.0), list[str | None]()
    for number, places in enumerate(looks):
        standing = standstills(standing, places, number * every)
        said.append(stuck(standing, places or {}, number * every, PATIENCE))
    return said


def at(done: int, *ends: int) -> Looks:
    return [{"t-0": PartitionLag(done, end)} for end in ends]


def test_who_stands_while_the_lag_grows_is_stuck_when_the_time_is_over():
    assert verdicts(at(5, 6, 7, 8, 9)) == [None, None, None, "t-0"]


def test_who_moves_is_not_stuck_however_much_waits():
    assert verdicts([{"t-0": PartitionLag(done, 1000 * done)} for done in range(1, 9)]) == [None] * 8


def test_who_has_nothing_to_do_is_not_stuck():
    assert verdicts(at(6, 6, 6, 6, 6, 6)) == [None] * 5


def test_who_has_a_long_batch_in_hand_is_not_stuck_while_nothing_more_comes():
    assert verdicts(at(5, 9, 9, 9, 9, 9)) == [None] * 5
    assert verdicts(at(5, 9, 9, 9, 9, 10))[-1] == "t-0"


def test_the_time_begins_when_something_waits():
    assert verdicts(at(5, 5, 5, 5, 6, 7, 8, 9)) == [None] * 6 + ["t-0"]


def test_one_step_begins_the_time_anew():
    assert verdicts([*at(5, 6, 7, 8), *at(6, 9, 10, 11, 12)]) == [None] * 6 + ["t-0"]


def test_while_broker_or_database_do_not_answer_nobody_is_stuck():
    assert verdicts([*at(5, 6, 7, 8), None, *at(5, 20, 21, 22)]) == [None] * 7
    assert verdicts([None] * 9) == [None] * 9


def test_a_partition_that_moves_hides_none_that_stands():
    looks = [{"t-0": PartitionLag(number, 100), "t-1": PartitionLag(3, 4 + number)} for number in range(4)]
    assert verdicts(looks)[-1] == "t-1"


def test_a_partition_that_goes_to_another_member_is_no_longer_ours_to_judge():
    assert verdicts([*at(5, 6, 7, 8), {}, *at(5, 9, 10, 11)]) == [None] * 7
