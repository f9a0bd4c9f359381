"""Settings come from the environment; a missing or wrong one is a sentence, not a traceback."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from coaching_readmodels.asking_limits import ASKING
from coaching_time import FIGURES
from eventlog.service import Service
from notifications.settings import NotificationSettings
from partnerships.app import definition
from partnerships.partnership.draft import TermsDraft
from partnerships.partnership.figures import IN_USE, PairFigures
from partnerships.settings import PartnershipSettings
from service_kit.process import Settings
from tests.contracts.toys import NoReferenceData

GOOD = {
    "KAFKA_URL": "127.0.0.1:9092,127.0.0.1:9093",
    "MONGO_URL": "mongodb://127.0.0.1:27017",
    "TOKEN_ISSUER": "https://login.example.com",
    "TOKEN_AUDIENCE": "tandem",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def sentences(capsys: pytest.CaptureFixture[str], settings: type[Settings] = Settings) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        settings.from_environment()
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()


def test_what_is_not_set_has_a_sensible_value():
    settings = Settings.from_environment()
    assert (settings.clock, settings.environment, settings.topic_partitions) == ("real", "development", 6)
    assert settings.instance_id
    assert settings.logs == "human"


def test_production_logs_json(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("ID_KEY", "a secret of 16 characters or more")
    monkeypatch.setenv("INSTALLATION", "acme-berlin")
    assert Settings.from_environment().logs == "json"


def test_each_issuer_has_an_audience_keys_and_claims_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TOKEN_SCOPE_CLAIMS", "scp, roles")
    other = {"issuer": "https://b", "audience": "b", "jwks": "{}", "person_claim": "oid", "scope_claims": ["groups"]}
    monkeypatch.setenv("TOKEN_FURTHER_ISSUERS", json.dumps([other]))
    first, second = Settings.from_environment().issuers
    assert (first.issuer, first.scope_claims, first.jwks) == ("https://login.example.com", ("scp", "roles"), None)
    assert second.model_dump() == {**other, "scope_prefix": "", "partner_scope": "partner"}


def test_every_missing_setting_is_a_sentence_with_an_example(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    for name in GOOD:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MONGO_URL", "")
    told = sentences(capsys)
    assert [line.split()[0] for line in told] == [*GOOD]
    assert (
        told[0]
        == "KAFKA_URL is not set. It is the brokers, with commas between them, for example KAFKA_URL=127.0.0.1:9092"
    )


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"KAFKA_URL": "kafka"}, "it is a list of host:port"),
        ({"MONGO_URL": "localhost"}, "it begins with mongodb://"),
        ({"MONGO_DRIVER": "mysql"}, "MONGO_DRIVER cannot be used: it should be 'motor' or 'pymongo'"),
        ({"TOKEN_JWKS": "/no/such/file"}, "there is no such file"),
        ({"TOKEN_JWKS": "{"}, "TOKEN_JWKS cannot be used"),
        (
            {"TOKEN_ISSUER": "tandem"},
            "the issuer tandem is no URL, so its keys cannot be found: set TOKEN_JWKS (jwks).",
        ),
        ({"TOKEN_LEEWAY": "nan"}, "TOKEN_LEEWAY cannot be used"),
        ({"TOKEN_LEEWAY": "3600"}, "TOKEN_LEEWAY cannot be used: it should be less than or equal to 300"),
        ({"TOKEN_SCOPE_CLAIMS": ", "}, "TOKEN_SCOPE_CLAIMS cannot be used"),
        ({"TOKEN_FURTHER_ISSUERS": "{"}, "TOKEN_FURTHER_ISSUERS cannot be used: it is no JSON"),
        ({"TOKEN_FURTHER_ISSUERS": '[{"issuer": "https://a"}]'}, "cannot be used: 0.audience is not set"),
        (
            {"TOKEN_FURTHER_ISSUERS": '[{"issuer": "https://login.example.com", "audience": "b"}]'},
            "the issuer https://login.example.com is named twice",
        ),
        ({"CLOCK": "stopped"}, "it should be 'real' or 'simulated'"),
        ({"PORT": "http"}, "PORT cannot be used"),
        ({"TOPIC_PARTITIONS": "0"}, "TOPIC_PARTITIONS cannot be used"),
        ({"TOPICS": "coaching.goals.v2"}, "TOPICS cannot be used: it is a list of service=topic"),
        ({"TOPICS": "goals=a:0"}, "it is a list of service=topic or service=topic:partitions"),
        ({"TOPICS": "goals=a,goals=b"}, "it names goals twice"),
        ({"DATABASE_PREFIX": "../x"}, "DATABASE_PREFIX cannot be used"),
        ({"INSTANCE_ID": "a b"}, "INSTANCE_ID cannot be used"),
        ({"CLOCK": "simulated", "ENVIRONMENT": "production"}, "exclude each other"),
        ({"ENVIRONMENT": "production"}, "ID_KEY must be a secret of 16 characters or more"),
        ({"ENVIRONMENT": "production", "ID_KEY": "a secret of 16 characters"}, "INSTALLATION must be a name"),
        ({"INSTALLATION": "Acme Berlin"}, "INSTALLATION cannot be used"),
        ({"ID_KEY": "short"}, "ID_KEY cannot be used: it should have at least 16"),
    ],
)
def test_a_wrong_setting_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], wrong: Mapping[str, str], expected: str
):
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    (told,) = sentences(capsys)
    assert expected in told


TOYS, CARS = "coaching.toys.v1", "coaching.cars.v1"
SERVICE = Service(
    name="toys",
    writes=TOYS,
    listens=(CARS, TOYS),
    topics={"toys": TOYS, "cars": CARS},
    aggregates=(),
    reference_source=lambda store, projections: NoReferenceData(),
)


def test_a_service_speaks_and_listens_where_the_deployment_says(monkeypatch: pytest.MonkeyPatch):
    assert Settings.from_environment().deployed(SERVICE) == SERVICE
    monkeypatch.setenv("TOPICS", "toys=coaching.toys.v2:12, cars=cars-again")
    monkeypatch.setenv("TOPIC_PARTITIONS", "3")
    settings = Settings.from_environment()
    moved = settings.deployed(SERVICE)
    assert (moved.writes, moved.listens) == ("coaching.toys.v2", ("cars-again", "coaching.toys.v2"))
    assert [settings.partitions(topic) for topic in (*moved.listens, CARS)] == [3, 12, 3]


@pytest.mark.parametrize(
    ("topics", "expected"),
    [
        ("toy=coaching.toys.v2", "TOPICS cannot be used: there is no toy; there are toys, cars."),
        (f"toys={CARS}", "TOPICS cannot be used: no two services write the same topic."),
    ],
)
def test_a_topic_that_cannot_be_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], topics: str, expected: str
):
    monkeypatch.setenv("TOPICS", topics)
    settings = Settings.from_environment()
    with pytest.raises(SystemExit) as ended:
        settings.deployed(SERVICE)
    assert (ended.value.code, capsys.readouterr().err) == (2, f"{expected}\n")


FIGURES_OF_RULES = (
    ("ASK_AGAIN_DAYS", "0", "greater than or equal to 1"),
    ("OUTAGE_MINUTES", "0", "greater than or equal to 1"),
    ("PROPOSE_AFTER_DECLINE_DAYS", "-1", "greater than or equal to 0"),
    ("DEPARTURE_DAYS", "400", "less than or equal to 366"),
    ("OWN_QUESTIONS", "11", "less than or equal to 10"),
)


@pytest.mark.parametrize(("name", "value", "expected"), FIGURES_OF_RULES)
def test_a_wrong_figure_of_a_rule_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str, expected: str
):
    monkeypatch.setenv(name, value)
    (told,) = sentences(capsys, PartnershipSettings)
    assert told.startswith(f"{name} cannot be used: it should be {expected}")


DEFAULT_TERMS = (
    ("{", "DEFAULT_TERMS cannot be used: it is no JSON"),
    ('{"rhythm": "FREQ=YEARLY"}', "DEFAULT_TERMS cannot be used: rhythm FREQ cannot be used here"),
    ('{"reminder": 2}', "DEFAULT_TERMS cannot be used: reminder"),
    ('{"sharing": []}', "DEFAULT_TERMS has sharing or starting: leave them out"),
    ('{"starting": "2026-03-02"}', "DEFAULT_TERMS has sharing or starting: leave them out"),
    ('{"questions": ["1?", "2?", "3?", "4?"]}', "DEFAULT_TERMS has more questions than OWN_QUESTIONS allows"),
)


@pytest.mark.parametrize(("value", "expected"), DEFAULT_TERMS)
def test_wrong_default_terms_are_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str, expected: str
):
    monkeypatch.setenv("DEFAULT_TERMS", value)
    (told,) = sentences(capsys, PartnershipSettings)
    assert expected in told


def test_the_figures_of_rules_are_taken_when_a_process_opens(monkeypatch: pytest.MonkeyPatch):
    for holder, field in ((ASKING, "limits"), (FIGURES, "ask_again_days"), (FIGURES, "outage"), (IN_USE, "figures")):
        monkeypatch.setattr(holder, field, getattr(holder, field))  # put back after the test
    for name, value in (("ASK_AGAIN_DAYS", "3"), ("OUTAGE_MINUTES", "10"), ("PROPOSE_AFTER_DECLINE_DAYS", "20")):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DEPARTURE_DAYS", "14")
    monkeypatch.setenv("OWN_QUESTIONS", "2")
    monkeypatch.setenv("DEFAULT_TERMS", '{"rhythm": "freq=daily", "questions": ["Why?"]}')
    opening = definition.opening
    assert opening is not None
    opening(PartnershipSettings.from_environment())
    assert (FIGURES.ask_again, FIGURES.outage) == (timedelta(days=3), timedelta(minutes=10))
    assert ASKING.limits.after_decline == timedelta(days=20)
    assert IN_USE.figures == PairFigures(
        departure_days=14, questions=2, defaults=TermsDraft(rhythm="FREQ=DAILY", questions=("Why?",))
    )


def test_the_usual_ceiling_of_reminders_is_a_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("REMINDERS_CEILING", "101")
    (told,) = sentences(capsys, NotificationSettings)
    assert told.startswith("REMINDERS_CEILING cannot be used: it should be less than or equal to 100")
