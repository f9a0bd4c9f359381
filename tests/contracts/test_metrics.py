"""Names, units and help texts of all metrics are as Prometheus wants them: the rules of promtool's linter."""

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import version

import pytest
from prometheus_client import REGISTRY, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from goals.app import definition as goals
from notifications.app import definition as notifications
from notifications.channels.mail import Result
from notifications.channels.mail_channel import ATTEMPTS
from partnerships.app import definition as partnerships
from service_kit.http import Problem
from service_kit.http.problems import not_found
from service_kit.observability.metrics import set_build_info
from sessions.app import definition as sessions

SERVICES = (partnerships, goals, sessions, notifications)
"""Imported, so that whatever a service counts is there."""
BASE_UNITS = ("seconds", "bytes", "ratio", "celsius", "meters", "volts", "amperes", "joules", "grams")
OTHER_UNITS = (
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "weeks",
    "bits",
    "kilobytes",
    "megabytes",
    "gigabytes",
    "percent",
    "ms",
    "us",
    "ns",
    "sec",
    "secs",
    "min",
    "mins",
    "kb",
    "mb",
    "gb",
)
OF_HISTOGRAMS = ("_count", "_sum", "_bucket")
OURS = "tandem_"


def families() -> Mapping[str, Metric]:
    """All that a process shows, as Prometheus reads it. Counters are told without their suffix."""
    return {each.name: each for each in text_string_to_metric_families(generate_latest(REGISTRY).decode())}


def complaints(metric: Metric) -> Iterator[str]:
    """What the linter would say."""
    words = metric.name.split("_")
    if not metric.documentation.strip():
        yield "has no help text"
    if not re.fullmatch(r"[a-z][a-z0-9_]*", metric.name):
        yield "has a name in another case than snake_case"
    if metric.type == "counter" and not all(each.name.endswith("_total") for each in metric.samples):
        yield "is a counter and does not end with _total"
    if metric.type != "counter" and metric.name.endswith("_total"):
        yield "ends with _total and is no counter"
    if metric.type not in ("histogram", "summary") and metric.name.endswith(OF_HISTOGRAMS):
        yield "ends as a part of a histogram does"
    if {"counter", "gauge", "histogram", "summary"} & {*words}:
        yield "has its type in its name"
    if set(OTHER_UNITS) & {*words}:
        yield "has a unit that is no base unit"
    if any(unit in words[:-1] for unit in BASE_UNITS):
        yield "has its unit in another place than the end"
    for sample in metric.samples:
        if any(not re.fullmatch(r"[a-z][a-z0-9_]*", label) for label in sample.labels):
            yield f"has a label in another case than snake_case: {sample.labels}"


def ours() -> list[str]:
    return sorted(name for name in families() if name.startswith(OURS) and not name.endswith("_created"))


@pytest.mark.parametrize("name", ours())
def test_every_metric_is_named_as_prometheus_wants_it(name: str):
    assert not [*complaints(families()[name])]


@pytest.mark.parametrize(
    "wrong",
    [
        Metric("tandem_lag", "", "gauge"),
        Metric("tandemLag", "In camel case", "gauge"),
        Metric("tandem_done_total", "No counter", "gauge"),
        Metric("tandem_wait_milliseconds", "No base unit", "gauge"),
        Metric("tandem_seconds_waited", "Unit in the middle", "gauge"),
        Metric("tandem_wait_gauge", "Type in the name", "gauge"),
        Metric("tandem_wait_sum", "Part of a histogram", "gauge"),
    ],
)
def test_the_rules_find_what_is_wrong(wrong: Metric):
    assert [*complaints(wrong)]


def test_what_alarms_need_is_there():
    needed = {
        "tandem_deadlines_overdue_oldest_seconds",
        "tandem_consumer_lag_records",
        "tandem_mails_sent",
        "tandem_mails_failed",
        "tandem_mails_retried",
        "tandem_http_problems",
        "tandem_build_info",
        "tandem_dead_letters",
        "tandem_dead_letters_oldest_seconds",
        "tandem_unpublished_oldest_seconds",
    }
    assert needed <= {*ours()}


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_what_runs_is_told():
    set_build_info(partnerships.service)
    (sample,) = families()["tandem_build_info"].samples
    assert sample.value == 1
    assert sample.labels["service"] == "partnerships"
    assert sample.labels["version"]
    assert (sample.labels["tzdata"], sample.labels["holidays"]) == (version("tzdata"), version("holidays"))


def test_refusals_are_counted_by_type():
    before = value("tandem_http_problems_total", status="409", type="not-yours")
    missing = value("tandem_http_problems_total", status="404", type="not-found")
    Problem(409, "not-yours", "It is somebody else's.").response()
    not_found().response()
    assert value("tandem_http_problems_total", status="409", type="not-yours") == before + 1
    assert value("tandem_http_problems_total", status="404", type="not-found") == missing + 1


def test_mails_are_counted_as_sent_failed_and_retried():
    names = ("tandem_mails_sent_total", "tandem_mails_retried_total")
    before = [value(name) for name in names] + [value("tandem_mails_failed_total", outcome="refused")]
    ATTEMPTS.count(1, Result("delivered"))
    ATTEMPTS.count(2, Result("delivered"))
    ATTEMPTS.count(3, Result("refused", "smtp-550"))
    after = [value(name) for name in names] + [value("tandem_mails_failed_total", outcome="refused")]
    assert after == [before[0] + 2, before[1] + 2, before[2] + 1]
