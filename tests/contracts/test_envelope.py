"""What is sent can be read, and what cannot be read is told in a sentence."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching_events import Envelope, MalformedPosition, NotACloudEvent, StreamId, position, stream_of, version_of
from coaching_events.envelope import headers, read
from coaching_events.ids import LARGEST_VERSION, kind_of, parse

KINDS = st.sampled_from(["person", "commitment", "check-ins", "calendar"])
VISIBLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=60)
STREAMS = st.builds("{}_{}".format, KINDS, VISIBLE).map(StreamId)
VERSIONS = st.integers(1, LARGEST_VERSION)
START = datetime(1970, 1, 1, tzinfo=UTC)
INSTANTS = st.integers(0, 2**42).map(lambda milliseconds: START + timedelta(milliseconds=milliseconds))
ENVELOPES = st.builds(
    Envelope,
    stream=STREAMS, version=VERSIONS, type=VISIBLE, source=VISIBLE, at=INSTANTS, key=VISIBLE,
    cause=st.none() | st.builds(position, STREAMS, VERSIONS), traceparent=st.none() | VISIBLE,
)  # fmt: skip
EXAMPLE = Envelope(
    stream=StreamId("commitment_1"), version=3, type="commitment-made", source="/goals", at=START, key="partnership_1"
)


def as_bytes(texts: dict[str, str]) -> list[tuple[str, bytes]]:
    return [(name, text.encode()) for name, text in texts.items()]


@given(ENVELOPES)
def test_an_envelope_comes_back_from_its_headers(envelope: Envelope) -> None:
    assert read(as_bytes(headers(envelope))) == envelope


def test_the_headers_are_those_of_the_binary_binding() -> None:
    assert headers(EXAMPLE) == {
        "ce_specversion": "1.0",
        "ce_id": "commitment_1@3",
        "ce_type": "commitment-made",
        "ce_source": "/goals",
        "ce_subject": "commitment_1",
        "ce_time": "1970-01-01T00:00:00.000Z",
        "ce_partitionkey": "partnership_1",
        "ce_sequence": "0000000003",
        "ce_dataschema": "urn:tandem:events:v1:commitment-made",
        "content-type": "application/json",
    }


@given(st.lists(st.tuples(st.sampled_from(sorted(headers(EXAMPLE))) | st.text(), st.binary())))
def test_any_headers_make_an_envelope_or_are_told_to_make_none(record: list[tuple[str, bytes]]) -> None:
    with pytest.raises(NotACloudEvent, match=r"header|position|time|UTF-8"):
        read(record)


@given(
    st.sampled_from([*headers(EXAMPLE), "ce_causationid", "ce_traceparent"]), st.binary() | st.text().map(str.encode)
)
def test_one_wrong_header_is_told_or_harmless(name: str, value: bytes) -> None:
    record = [*as_bytes(headers(EXAMPLE)), (name, value)]
    try:
        envelope = read(record)
    except NotACloudEvent:
        return
    assert envelope.at.utcoffset() == timedelta(0)


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_partitionkey"])
def test_a_missing_header_is_named(name: str) -> None:
    texts = headers(EXAMPLE)
    del texts[name]
    with pytest.raises(NotACloudEvent, match=name):
        read(as_bytes(texts))


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ce_time", b"2026-01-01T00:00:00", "no time zone"),
        ("ce_time", b"0001-01-01T00:00:00+14:00", "outside the years"),
        ("ce_time", b"yesterday", "ce_time"),
        ("ce_specversion", b"0.3", "specversion"),
        ("ce_id", b"commitment_1", "stream id>@<version"),
        ("ce_id", b"commitment_1@0", "outside 1 to"),
        ("ce_causationid", b"somewhere", "stream id>@<version"),
        ("ce_type", b"\xff", "UTF-8"),
    ],
)
def test_a_wrong_header_is_told_in_a_sentence(name: str, value: bytes, told: str) -> None:
    with pytest.raises(NotACloudEvent, match=re.escape(told)):
        read([*as_bytes(headers(EXAMPLE)), (name, value)])


@given(STREAMS, VERSIONS)
def test_a_position_names_its_stream_and_version(stream: StreamId, version: int) -> None:
    at = position(stream, version)
    assert parse(at) == (stream, version)
    assert (stream_of(at), version_of(at)) == (stream, version)
    assert kind_of(stream) == stream.split("_")[0]


@given(st.text() | st.builds("{}@{}".format, STREAMS, st.integers()))
def test_any_text_is_a_position_or_malformed(text: str) -> None:
    try:
        stream, version = parse(text)
    except MalformedPosition:
        return
    assert (stream, version) == (text.rpartition("@")[0], int(text.rpartition("@")[2]))
