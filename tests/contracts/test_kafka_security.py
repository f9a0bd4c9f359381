"""How Kafka lets a client in is told by settings; what contradicts itself or cannot be read is one sentence."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from coaching_events.kafka.security import KafkaSecurity, SecurityFault
from coaching_events.kafka.tokens import TokenRefused, Tokens

LOGIN = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-256",
    "KAFKA_SASL_USERNAME": "tandem",
    "KAFKA_SASL_PASSWORD": "secret",
}
TOKENS = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}
HERE = "tests.contracts.test_kafka_security"
CLIENT = {"KAFKA_SASL_OAUTH_TOKEN_URL": "https://login/token", "KAFKA_SASL_OAUTH_CLIENT_ID": "tandem"}


def test_nothing_set_is_plain_text_without_a_login():
    assert KafkaSecurity.from_environment({"KAFKA_SECURITY_PROTOCOL": ""}).connection == {}


def test_a_login_by_password_is_handed_to_aiokafka():
    assert KafkaSecurity.from_environment(LOGIN).connection == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "tandem",
        "sasl_plain_password": "secret",
    }


def test_tls_checks_the_certificate_and_the_hosts_name_unless_told_otherwise():
    checked = KafkaSecurity(protocol="SSL").connection["ssl_context"]
    unchecked = KafkaSecurity.from_environment({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CHECK_HOSTNAME": "false"})
    assert (checked.check_hostname, unchecked.connection["ssl_context"].check_hostname) == (True, False)
    assert unchecked.connection["ssl_context"].verify_mode == checked.verify_mode


def test_secrets_are_not_shown():
    security = KafkaSecurity.from_environment(LOGIN)
    assert "secret" not in repr(security)


@pytest.mark.parametrize(("text", "read"), [("secret\n", "secret"), (" se cret \r\n", " se cret "), ("a\nb", "a\nb")])
def test_a_secret_may_be_the_text_of_a_file(tmp_path: Path, text: str, read: str):
    (tmp_path / "password").write_bytes(text.encode())
    given = {**LOGIN, "KAFKA_SASL_PASSWORD": "", "KAFKA_SASL_PASSWORD_FILE": str(tmp_path / "password")}
    assert KafkaSecurity.from_environment(given).password == read


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "it should be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"),
        (
            {**LOGIN, "KAFKA_SASL_MECHANISM": "GSSAPI"},
            "KAFKA_SASL_MECHANISM cannot be used: it should be PLAIN, SCRAM-",
        ),
        ({**LOGIN, "KAFKA_SASL_MECHANISM": ""}, "KAFKA_SASL_MECHANISM is not set"),
        ({**LOGIN, "KAFKA_SASL_PASSWORD": ""}, "KAFKA_SASL_PASSWORD is not set. SCRAM-SHA-256 needs it"),
        ({**LOGIN, "KAFKA_SECURITY_PROTOCOL": "SSL"}, "KAFKA_SECURITY_PROTOCOL is SSL: set SASL_SSL"),
        ({"KAFKA_SASL_PASSWORD": "x"}, "KAFKA_SASL_PASSWORD is for a login, but KAFKA_SECURITY_PROTOCOL is PLAINTEXT"),
        ({**LOGIN, "KAFKA_SSL_CA": "ca.pem"}, "KAFKA_SSL_CA needs TLS, but KAFKA_SECURITY_PROTOCOL is SASL_PLAINTEXT"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA": "/no/ca"}, "KAFKA_SSL_CA cannot be used: there is no file"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CA": __file__}, "it holds no PEM certificate"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_CERTIFICATE": __file__}, "no PEM certificate with its key"),
        ({"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_SSL_KEY": __file__}, "KAFKA_SSL_KEY needs KAFKA_SSL_CERTIFICATE"),
        ({"KAFKA_SSL_CHECK_HOSTNAME": "perhaps"}, "KAFKA_SSL_CHECK_HOSTNAME cannot be used: it is true or false"),
        ({**LOGIN, "KAFKA_SASL_PASSWORD_FILE": "x"}, "KAFKA_SASL_PASSWORD and KAFKA_SASL_PASSWORD_FILE are both set"),
        (
            {**LOGIN, "KAFKA_SASL_PASSWORD": "", "KAFKA_SASL_PASSWORD_FILE": "/no/file"},
            "KAFKA_SASL_PASSWORD_FILE cannot be used: /no/file cannot be read (No such file or directory)",
        ),
        ({**LOGIN, "KAFKA_SASL_OAUTH_SCOPE": "x"}, "KAFKA_SASL_OAUTH_SCOPE is for OAUTHBEARER"),
        (TOKENS, "KAFKA_SASL_OAUTH_TOKEN_URL is not set"),
        ({**TOKENS, **CLIENT}, "KAFKA_SASL_OAUTH_CLIENT_SECRET is not set"),
        ({**TOKENS, "KAFKA_SASL_USERNAME": "x"}, "KAFKA_SASL_USERNAME is not for OAUTHBEARER"),
        ({**TOKENS, "KAFKA_SASL_OAUTH_PROVIDER": "no.module:token"}, "cannot be imported as module:callable"),
        ({**TOKENS, "KAFKA_SASL_OAUTH_PROVIDER": "json"}, "json cannot be imported as module:callable"),
        ({**TOKENS, "KAFKA_SASL_OAUTH_PROVIDER": f"{HERE}:HERE"}, "cannot be called"),
        ({**TOKENS, **CLIENT, "KAFKA_SASL_OAUTH_PROVIDER": "a:b"}, "exclude each other"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(given: Mapping[str, str], expected: str):
    with pytest.raises(SecurityFault) as fault:
        KafkaSecurity.from_environment(given)
    assert expected in str(fault.value)


def token_and_end() -> tuple[str, int]:
    return f"token {next(_MADE)}", 4_000_000_000_000


async def plain_token() -> str:
    return f"token {next(_MADE)}"


def no_token() -> None: ...


_MADE = iter(range(1_000))


def provider(name: str) -> Any:
    given = {**TOKENS, "KAFKA_SASL_OAUTH_PROVIDER": f"{HERE}:{name}"}
    made = KafkaSecurity.from_environment(given).connection["sasl_oauth_token_provider"]
    assert isinstance(made, Tokens)
    return made


async def test_a_token_with_an_end_is_kept_and_one_without_is_asked_for_each_time():
    kept, asked = provider("token_and_end"), provider("plain_token")
    assert await kept.token() == await kept.token()
    assert await asked.token() != await asked.token()
    with pytest.raises(TokenRefused, match="NoneType, which is no token"):
        await provider("no_token").token()


def test_the_settings_of_a_service_tell_it_as_they_tell_everything():
    program = "from service_kit.process.settings import Settings; print(Settings.from_environment().mongo_url)"
    base = {"KAFKA_URL": "a:1", "TOKEN_ISSUER": "i", "TOKEN_AUDIENCE": "a", "TOKEN_JWKS": "{}", "PYTHONPATH": "shared"}

    def told(**more: str) -> tuple[int, str]:
        done = subprocess.run([sys.executable, "-c", program], env={**base, **more}, capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    wrong = "KAFKA_SECURITY_PROTOCOL cannot be used: it should be PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL.\n"
    assert told(MONGO_URL="mongodb://x", KAFKA_SECURITY_PROTOCOL="TLS") == (2, wrong)
    both = "MONGO_URL and MONGO_URL_FILE are both set: unset one of them.\n"
    assert told(MONGO_URL="mongodb://x", MONGO_URL_FILE="y") == (2, both)
    missing = "MONGO_URL_FILE cannot be used: /no/file cannot be read (No such file or directory).\n"
    assert told(MONGO_URL_FILE="/no/file") == (2, missing)


def test_each_secret_of_a_service_may_be_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from notifications.settings import NotificationSettings

    for name, text in {"MONGO_URL": "mongodb://a", "SMTP_URL": "smtp://me:secret@mail"}.items():
        (tmp_path / name).write_text(f"{text}\n")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / name))
        monkeypatch.delenv(name, raising=False)
    more = {
        "KAFKA_URL": "a:1",
        "TOKEN_ISSUER": "i",
        "TOKEN_AUDIENCE": "a",
        "TOKEN_JWKS": "{}",
        "MAIL_FROM": "a@b.example",
    }
    for name, text in more.items():
        monkeypatch.setenv(name, text)
    settings = NotificationSettings.from_environment()
    assert settings.mongo_url == "mongodb://a"
    assert settings.smtp_url is not None
    assert settings.smtp_url.get_secret_value() == "smtp://me:secret@mail"
