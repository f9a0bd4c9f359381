"""In production keys come with TLS, and a login of a mail server goes nowhere without it."""

import pytest

from service_kit.settings import Settings

HTTPS = {"TOKEN_ISSUER": "https://login.example.com", "TOKEN_JWKS": "https://login.example.com/keys"}


@pytest.mark.parametrize(
    ("plain", "named"),
    [
        ({"TOKEN_ISSUER": "http://login.example.com", "TOKEN_JWKS": ""}, "http://login.example.com"),
        ({"TOKEN_JWKS": "http://login.example.com/keys"}, "http://login.example.com/keys"),
        (
            {"TOKEN_FURTHER_ISSUERS": '[{"issuer": "http://other.example.com", "audience": "tandem"}]'},
            "http://other.example.com",
        ),
        (
            {"TOKEN_FURTHER_ISSUERS": '[{"issuer": "https://b", "audience": "b", "jwks": "http://b/keys"}]'},
            "http://b/keys",
        ),
    ],
)
def test_production_asks_for_keys_with_tls_only(
    plain: dict[str, str], named: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    base = {"KAFKA_URL": "a:1", "MONGO_URL": "mongodb://a", "TOKEN_AUDIENCE": "tandem"}
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    for name, value in {**base, **HTTPS, **plain}.items():
        monkeypatch.setenv(name, value)
    assert Settings.from_environment().environment == "development"
    monkeypatch.setenv("ENVIRONMENT", "production")
    with pytest.raises(SystemExit) as ended:
        Settings.from_environment()
    assert ended.value.code == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.startswith(f"ENVIRONMENT=production and {named} exclude each other: ")
