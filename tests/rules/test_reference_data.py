"""Reference data have the type of their projection: what has not arrived is told from a stream of another kind."""

import pytest
from pydantic import TypeAdapter

from coaching_events.ids import StreamId
from eventlog import CatchingUp, Projection, ReferenceEntry, all_known, known, required

TEXTS = Projection[str](kind="text", values=TypeAdapter(str), events={}, evolve=lambda value, _: value)
HERE, NONE, ABSENT, NUMBER = (StreamId(f"{name}_1") for name in ("text", "text_none", "text_absent", "number"))
DATA = {stream: ReferenceEntry(stream, 1, value) for stream, value in ((HERE, "said"), (NONE, None), (NUMBER, 7))}


def test_what_is_known_is_read_by_its_projection():
    assert known(DATA, TEXTS, HERE) == required(DATA, TEXTS, HERE) == "said"
    assert [*all_known(DATA, TEXTS)] == ["said"]


@pytest.mark.parametrize("stream", [NONE, ABSENT])
def test_what_has_not_arrived_is_waited_for(stream: StreamId):
    assert known(DATA, TEXTS, stream) is None
    with pytest.raises(CatchingUp):
        required(DATA, TEXTS, stream)


def test_a_stream_of_another_kind_is_never_waited_for():
    assert known(DATA, TEXTS, NUMBER) is None
    with pytest.raises(TypeError, match="number_1 is not a text"):
        required(DATA, TEXTS, NUMBER)
