"""The settings of a process, from its environment. Each fault is one sentence, and the exit code is 2."""

import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, NoReturn, Self, get_args

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from coaching_events.kafka.security import KafkaSecurity, SecurityFault, secret
from eventlog import Ids
from eventlog.service import Service
from eventlog.stores.mongo import Driver
from service_kit.authentication.issuers import FurtherIssuers, KeysAt, Names, TrustedIssuer, check_issuers
from service_kit.observability.logs import LogFormat
from service_kit.process.topics import MovedTopic, moved_topics
from service_kit.server.limits import BODY_SECONDS, CONNECTIONS, HEADER_SECONDS, ClientLimits

PortNumber = Annotated[int, Field(ge=0, le=65535)]


class Settings(BaseSettings):
    """The settings of every service; a service with more has a subclass. Environment variables have the same names.

    A secret may also be in a file that ``<NAME>_FILE`` names: MONGO_URL, and each field that is a SecretStr.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, case_sensitive=False, frozen=True, extra="ignore")

    kafka_url: str = Field(description="the brokers, with commas between them", examples=["127.0.0.1:9092"])
    mongo_url: str = Field(description="the database", examples=["mongodb://127.0.0.1:27017"])
    mongo_pool: int = Field(
        50, ge=2, description="the number of connections of one process to the database, at most", examples=["50"]
    )
    mongo_driver: Driver = Field("motor", description="the database client", examples=["pymongo"])
    token_issuer: str = Field(
        description="the issuer of tokens: their claim iss", examples=["https://login.example.com"]
    )
    token_audience: str = Field(description="the audience of tokens: their claim aud", examples=["tandem"])
    token_jwks: KeysAt = Field(
        None,
        description="the issuer's public keys: a URL, a file or JSON; by default the issuer's document has the address",
        examples=["https://login.example.com/.well-known/jwks.json"],
    )
    token_person_claim: str = Field("sub", description="the claim with the person's id at the issuer", examples=["sub"])
    token_scope_claims: Annotated[Names, NoDecode] = Field(
        ("scope",), description="the claims that hold scopes", examples=["scp,roles"]
    )
    token_scope_prefix: str = Field("", description="the prefix of this suite's scopes", examples=["api://tandem/"])
    token_partner_scope: str = Field(
        "partner", min_length=1, description="the scope of a partner's token, without the prefix", examples=["openid"]
    )
    token_leeway: float = Field(
        5, ge=0, le=300, description="the tolerance for the issuer's clock in seconds", examples=["5"]
    )
    token_further_issuers: Annotated[FurtherIssuers, NoDecode] = Field(
        (),
        description="a JSON list of further issuers",
        examples=['[{"issuer": "https://id.example.com", "audience": "tandem"}]'],
    )
    id_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="the secret for making ids, which all services share and which never changes; production needs it",
        examples=["$(openssl rand -hex 32)"],
    )
    installation: str = Field(
        "tandem",
        pattern=r"^[a-z][a-z0-9-]{0,40}$",
        description="this installation's name in ce_source, for all services and for ever; needed in production",
        examples=["acme-berlin"],
    )
    clock: Literal["real", "simulated"] = Field("real", description="the clock that rules use", examples=["real"])
    environment: Literal["development", "production"] = Field(
        "development", description="the purpose of this process", examples=["production"]
    )
    host: str = Field("127.0.0.1", description="the address where HTTP listens", examples=["0.0.0.0"])
    port: PortNumber = Field(8000, description="the port of serve and all; 0 takes a free port", examples=["8000"])
    port_file: Path | None = Field(None, description="a file that gets the port", examples=["goals.port"])
    health_port: PortNumber = Field(8001, description="the port of work; 0 takes a free port", examples=["8001"])
    serve_health_port: PortNumber | None = Field(
        None, description="the port of /health and /metrics of serve and all, if it is not PORT", examples=["9000"]
    )
    connections: int = Field(
        CONNECTIONS, ge=1, description="the number of open client connections, at most", examples=["800"]
    )
    instance_id: str = Field(
        default_factory=socket.gethostname,
        pattern=r"^[A-Za-z0-9._-]{1,100}$",
        description="the lasting, unique name of this worker in its consumer groups",
        examples=["goals-worker-0"],
    )
    rate_limit: float = Field(
        20, gt=0, description="the number of requests a second that one person may send to one process", examples=["20"]
    )
    rate_burst: int = Field(
        60, ge=1, description="the number of requests that one person may send at once", examples=["60"]
    )
    rate_limit_systems: float = Field(
        500,
        gt=0,
        description="the number of requests a second with the scope ops, hr.directory or hr.identities",
        examples=["500"],
    )
    rate_burst_systems: int = Field(
        1000, ge=1, description="the number of requests at once with one of these scopes", examples=["1000"]
    )
    rate_limit_searches: float = Field(
        1,
        gt=0,
        description="the number of searches for people a second that one caller may send to one process",
        examples=["1"],
    )
    rate_burst_searches: int = Field(
        20, ge=1, description="the number of searches that one caller may send at once", examples=["20"]
    )
    header_seconds: float = Field(
        HEADER_SECONDS,
        gt=0,
        description="the seconds within which the headers of a request must arrive",
        examples=["10"],
    )
    body_seconds: float = Field(
        BODY_SECONDS, gt=0, description="the seconds within which the body of a request must arrive", examples=["20"]
    )
    clock_tolerance: float = Field(
        2,
        gt=0,
        description="the seconds by which a machine's clock may differ from the database server's",
        examples=["2"],
    )
    older_packages: bool = Field(
        False,
        description="whether a process with older tzdata or holidays than decisions were made with may be ready",
        examples=["true"],
    )
    watchdog_seconds: float = Field(
        300, gt=0, description="the seconds for which a consumer may stand still while its lag grows", examples=["300"]
    )
    topic_partitions: int = Field(
        6, ge=1, le=1000, description="the number of partitions of each topic", examples=["6"]
    )
    topics: Annotated[Mapping[str, MovedTopic], NoDecode] = Field(
        default_factory=dict[str, MovedTopic],
        description="a list of topics that are not coaching.<service>.v1, with their numbers of partitions",
        examples=["goals=coaching.goals.v2:12"],
    )
    create_topics: bool = Field(True, description="whether missing topics are created", examples=["true"])
    database_prefix: str = Field(
        "tandem",
        pattern=r"^[a-z][a-z0-9_]{0,30}$",
        description="the prefix of the databases' names",
        examples=["tandem"],
    )
    projection_version: int | None = Field(
        None, ge=1, description="the projection version, if it is not the service's own", examples=["2"]
    )
    otel_exporter_otlp_endpoint: str | None = Field(
        None,
        pattern="^https?://",
        description="the endpoint for spans (OTLP over HTTP), without /v1/traces",
        examples=["http://collector:4318"],
    )
    otel_exporter_otlp_traces_endpoint: str | None = Field(
        None,
        pattern="^https?://",
        description="the endpoint for spans (OTLP over HTTP), the whole address",
        examples=["http://collector:4318/v1/traces"],
    )
    otel_sdk_disabled: bool = Field(False, description="true to send no spans", examples=["true"])
    log_format: LogFormat | None = Field(None, description="the format of logs", examples=["json"])

    @field_validator("kafka_url")
    @classmethod
    def _brokers(cls, given: str) -> str:
        for broker in given.split(","):
            _, _, port = broker.strip().rpartition(":")
            if not port.isdigit():
                raise ValueError("is a list of host:port")
        return given

    @field_validator("mongo_url")
    @classmethod
    def _mongo(cls, given: str) -> str:
        if not given.startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("begins with mongodb:// or mongodb+srv://")
        return given

    @field_validator("topics", mode="before")
    @classmethod
    def _topics(cls, given: object) -> object:
        return moved_topics(given) if isinstance(given, str) else given

    @model_validator(mode="after")
    def _no_simulation_in_production(self) -> Self:
        if self.clock == "simulated" and self.environment == "production":
            raise ValueError("CLOCK=simulated and ENVIRONMENT=production exclude each other: set CLOCK=real")
        return self

    @model_validator(mode="after")
    def _ids_cannot_be_computed(self) -> Self:
        if self.id_key is None and self.environment == "production":
            raise ValueError(
                "ID_KEY must be a secret of 16 characters or more that ids are made with, for example "
                "ID_KEY=$(openssl rand -hex 32)"
            )
        return self

    @model_validator(mode="after")
    def _events_say_where_they_come_from(self) -> Self:
        if self.environment == "production" and "installation" not in self.model_fields_set:
            raise ValueError(
                "INSTALLATION must be a name that no other installation in your company has, "
                "for example INSTALLATION=acme-berlin"
            )
        return self

    @model_validator(mode="after")
    def _ports_differ(self) -> Self:
        if self.port and self.serve_health_port == self.port:
            raise ValueError("SERVE_HEALTH_PORT and PORT are the same: unset it, and PORT has health too")
        return self

    @model_validator(mode="after")
    def _issuers_can_be_told_apart(self) -> Self:
        check_issuers(self.issuers, production=self.environment == "production")
        return self

    @property
    def issuers(self) -> Sequence[TrustedIssuer]:
        """All trusted issuers."""
        first = TrustedIssuer(
            issuer=self.token_issuer,
            audience=self.token_audience,
            jwks=self.token_jwks,
            person_claim=self.token_person_claim,
            scope_claims=self.token_scope_claims,
            scope_prefix=self.token_scope_prefix,
            partner_scope=self.token_partner_scope,
        )
        return (first, *self.token_further_issuers)

    @model_validator(mode="after")
    def _kafka_can_be_reached_so(self) -> Self:
        _ = self.kafka_security
        return self

    @cached_property
    def kafka_security(self) -> KafkaSecurity:
        """The security of the connection to Kafka: KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_… and KAFKA_SSL_…."""
        return KafkaSecurity.from_environment()

    @property
    def ids(self) -> Ids:
        """Makes ids that others must not be able to compute."""
        return Ids(None if self.id_key is None else self.id_key.get_secret_value().encode())

    @property
    def tolerance(self) -> timedelta:
        """How much clocks may differ."""
        return timedelta(seconds=self.clock_tolerance)

    @property
    def client_limits(self) -> ClientLimits:
        """How long this process waits for its clients, and how many may connect."""
        return ClientLimits(
            header_seconds=self.header_seconds, body_seconds=self.body_seconds, connections=self.connections
        )

    @property
    def logs(self) -> LogFormat:
        """The format of logs: JSON in production unless LOG_FORMAT is set."""
        return self.log_format or ("json" if self.environment == "production" else "human")

    def partitions(self, topic: str) -> int:
        """The number of partitions of a topic."""
        own = (moved.partitions for moved in self.topics.values() if moved.name == topic)
        return next(own, None) or self.topic_partitions

    def deployed(self, service: Service) -> Service:
        """The service with this deployment's topics and projection version. A fault ends the process."""
        try:
            moved = service.moved({name: moved.name for name, moved in self.topics.items()})
        except ValueError as wrong:
            _end(iter([f"TOPICS cannot be used: {wrong}."]))
        return replace(moved, projection_version=self.projection_version or service.projection_version)

    @classmethod
    def from_environment(cls) -> Self:
        """Read the settings. Faults end the process, with a sentence for each."""
        try:
            return cls(**_from_files(cls))  # the environment has the other values
        except ValidationError as wrong:
            _end(_sentences(cls, wrong))
        except SecurityFault as wrong:
            _end(iter([f"{wrong}."]))


def _from_files(settings: type[Settings]) -> dict[str, Any]:
    """The secrets in files."""
    found: dict[str, str] = {}
    for name, described in settings.model_fields.items():
        kinds = (described.annotation, *get_args(described.annotation))
        if (name == "mongo_url" or SecretStr in kinds) and (text := secret(os.environ, name.upper())) is not None:
            found[name] = text
    return found


def _sentences(settings: type[Settings], wrong: ValidationError) -> Iterator[str]:
    for error in wrong.errors(include_url=False, include_input=False):
        if not error["loc"]:
            yield f"{_fault(error)}."
            continue
        name = str(error["loc"][0])
        described = settings.model_fields[name.lower()]
        example = (described.examples or ["…"])[0]
        inside = ".".join(map(str, error["loc"][1:]))
        fault = "is not set" if error["type"] == "missing" else _fault(error)
        if inside or fault != "is not set":
            fault = f"cannot be used: {inside or 'it'} {fault}"
        yield f"{name.upper()} {fault}. It is {described.description}, for example {name.upper()}={example}"


def _fault(error: ErrorDetails) -> str:
    if error["type"] == "too_short":
        return f"should have at least {error.get('ctx', {}).get('min_length')} characters"
    return re.sub("^(Value error, |Input |String )", "", error["msg"])


def _end(sentences: Iterator[str]) -> NoReturn:
    for sentence in sentences:
        sys.stderr.write(f"{sentence}\n")
    raise SystemExit(2)
