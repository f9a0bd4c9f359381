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
    stream=STREAMS,
    version=VERSIONS,
    type=VISIBLE,
    source=VISIBLE,
    at=INSTANTS,
    key=VISIBLE,
    cause=st.none() | st.builds(position, STREAMS, VERSIONS),
    traceparent=st.none() | VISIBLE,
)
EXAMPLE = Envelope(
    stream=StreamId("commitment_1"),
    version=3,
    type="commitment-made",
    source="urn:tandem:tandem:goals",
    at=START,
    key="partnership_1",
)


def as_bytes(texts: dict[str, str]) -> list[tuple[str, bytes | None]]:
    return [(name, text.encode()) for name, text in texts.items()]


def instead(name: str, value: bytes | None) -> list[tuple[str, bytes | None]]:
    """The headers of the example with another value of one."""
    return [*({**dict(as_bytes(headers(EXAMPLE))), name: value}).items()]


@given(ENVELOPES)
def test_an_envelope_comes_back_from_its_headers(envelope: Envelope) -> None:
    assert read(as_bytes(headers(envelope))) == envelope


def test_the_headers_are_those_of_the_binary_binding() -> None:
    assert headers(EXAMPLE) == {
        "ce_specversion": "1.0",
        "ce_id": "commitment_1@3",
        "ce_type": "org.tandem-coaching.commitment-made",
        "ce_source": "urn:tandem:tandem:goals",
        "ce_subject": "commitment_1",
        "ce_time": "1970-01-01T00:00:00.000Z",
        "ce_partitionkey": "partnership_1",
        "ce_sequence": "0000000003",
        "ce_dataschema": "urn:tandem:events:v1:commitment:commitment-made",
        "content-type": "application/json",
    }


@given(st.lists(st.tuples(st.sampled_from(sorted(headers(EXAMPLE))) | st.text(), st.binary() | st.none())))
def test_any_headers_make_an_envelope_or_are_told_to_make_none(record: list[tuple[str, bytes | None]]) -> None:
    with pytest.raises(NotACloudEvent, match=r"header|position|time|UTF-8"):
        read(record)


@given(
    st.sampled_from([*headers(EXAMPLE), "ce_causationid", "ce_traceparent"]), st.binary() | st.text().map(str.encode)
)
def test_one_wrong_header_is_told_or_harmless(name: str, value: bytes) -> None:
    try:
        envelope = read(instead(name, value))
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
        ("ce_type", b"\xff", "'ce_type' is not UTF-8"),
        ("ce_type", None, "'ce_type' has no value"),
        ("ce_sequence", b"0000000004", "ce_sequence '0000000004' contradicts ce_id, which says 3"),
        ("ce_sequence", b"-3", "contradicts ce_id"),
        ("ce_sequence", "³".encode(), "contradicts ce_id"),
        ("ce_sequence", None, "'ce_sequence' has no value"),
        ("ce_subject", b"commitment_2", "ce_subject 'commitment_2' contradicts ce_id"),
    ],
)
def test_a_wrong_header_is_told_in_a_sentence(name: str, value: bytes | None, told: str) -> None:
    with pytest.raises(NotACloudEvent, match=re.escape(told)):
        read(instead(name, value))


@pytest.mark.parametrize("value", [None, b"", b"\xff", b"commitment_9@9"])
@pytest.mark.parametrize("name", ["traceparent", "id", "CE_ID", "content-type", "ce_comexampletenant", ""])
def test_headers_of_others_are_ignored_also_twice(name: str, value: bytes | None) -> None:
    others: list[tuple[str, bytes | None]] = [(name, value)]
    twice = [] if name.startswith("ce_") else others
    assert read([*others, *as_bytes(headers(EXAMPLE)), *twice]) == EXAMPLE


@pytest.mark.parametrize(
    "name", [*(each for each in headers(EXAMPLE) if each.startswith("ce_")), "ce_comexampletenant"]
)
def test_an_attribute_that_stands_there_twice_is_told(name: str) -> None:
    record = instead(name, headers(EXAMPLE).get(name, "").encode())
    with pytest.raises(NotACloudEvent, match=f"header '{name}' stands there twice"):
        read([*record, (name, b"again")])


@pytest.mark.parametrize("value", [None, b"\xff"])
def test_a_trace_context_never_keeps_an_event_from_being_read(value: bytes | None) -> None:
    assert read(instead("ce_traceparent", value)).position == EXAMPLE.position


@pytest.mark.parametrize("digits", ["3", "0000000003", "00000000000003"])
def test_a_sequence_may_be_padded_as_anybody_likes(digits: str) -> None:
    assert read(instead("ce_sequence", digits.encode())) == EXAMPLE


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
