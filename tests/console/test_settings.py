"""Settings with which a console would not be safe are refused, each with one sentence."""

import pytest
from pydantic import ValidationError

from console.settings import ConsoleSettings
from service_kit.authentication import LOCAL_ISSUER

OPENID = {
    "kafka_url": "127.0.0.1:9092",
    "mongo_url": "mongodb://127.0.0.1",
    "token_issuer": "https://login.example.com",
    "token_audience": "tandem",
    "public_url": "https://tandem.example.com",
    **{f"{name}_url": f"http://{name}:8000" for name in ("partnerships", "goals", "sessions", "notifications")},
    "client_id": "tandem-console",
}
LOCAL = {**OPENID, "sign_in": "local", "token_issuer": LOCAL_ISSUER, "local_issuer": "issuer", "local_people": "people"}
PRODUCTION = {"environment": "production", "id_key": "a secret of tests, long enough", "installation": "acme"}


@pytest.mark.parametrize("given", [OPENID, {**OPENID, **PRODUCTION}, LOCAL, {**OPENID, "public_url": "http://x:1"}])
def test_these_are_accepted(given: dict[str, str]):
    settings = ConsoleSettings.model_validate(given)
    assert settings.is_secure == settings.public_url.startswith("https")


def test_the_address_is_written_as_browsers_write_an_origin():
    given = {**OPENID, "public_url": "HTTPS://Tandem.Example.com:443/"}
    assert ConsoleSettings.model_validate(given).public_url == "https://tandem.example.com"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({**LOCAL, "token_issuer": "https://login.example.com"}, f"TOKEN_ISSUER={LOCAL_ISSUER}"),
        ({**LOCAL, **PRODUCTION}, "SIGN_IN=local asks for no password"),
        ({**OPENID, "client_id": ""}, "SIGN_IN=openid needs CLIENT_ID"),
        ({**OPENID, **PRODUCTION, "public_url": "http://tandem.example.com"}, "PUBLIC_URL must begin with https://"),
        ({**OPENID, **PRODUCTION, "token_issuer": "http://login.example.com"}, "https"),
        ({**LOCAL, "local_issuer": None}, "SIGN_IN=local needs LOCAL_ISSUER"),
        ({**OPENID, "public_url": "https://tandem.example.com/console"}, "without a path"),
        ({**OPENID, "public_url": "https://tandem.example.com#x"}, "without a path"),
        ({**OPENID, "public_url": "https://ada@tandem.example.com"}, "without a path"),
    ],
)
def test_these_are_refused(given: dict[str, str], sentence: str):
    with pytest.raises(ValidationError, match=sentence):
        ConsoleSettings.model_validate(given)
