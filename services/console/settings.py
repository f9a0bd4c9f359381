"""The settings of the console: where the services are, and how people sign in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from service_kit.authentication import LOCAL_ISSUER
from service_kit.process import Settings

SERVICES: Final = ("partnerships", "goals", "sessions", "notifications")


class ConsoleSettings(Settings):
    """All settings of a service, and these. ``TOKEN_ISSUER`` is the provider at which people sign in."""

    public_url: str = Field(
        description="the address at which browsers reach the console", examples=["https://tandem.example.com"]
    )
    partnerships_url: str = Field(description="the address of partnerships", examples=["http://partnerships:8000"])
    goals_url: str = Field(description="the address of goals", examples=["http://goals:8000"])
    sessions_url: str = Field(description="the address of sessions", examples=["http://sessions:8000"])
    notifications_url: str = Field(description="the address of notifications", examples=["http://notifications:8000"])
    sign_in: Literal["openid", "local"] = Field(
        "openid",
        description="how people sign in: with OpenID Connect, or for local runs from a list",
        examples=["openid"],
    )
    client_id: str = Field("", description="the console's client id at the provider", examples=["tandem-console"])
    client_secret: SecretStr | None = Field(
        None, description="the console's client secret, if the provider gave one", examples=["…"]
    )
    sign_in_scope: str = Field(
        "openid profile offline_access partner",
        description="the scopes that the console asks for",
        examples=["openid profile offline_access api://tandem/partner"],
    )
    sign_in_resource: str | None = Field(
        None, description="the resource of the access token (RFC 8707)", examples=["https://tandem.example.com/api"]
    )
    sign_in_hours: float = Field(
        12, gt=0, le=24 * 30, description="the hours after which an unused session ends", examples=["12"]
    )
    local_issuer: Path | None = Field(
        None, description="the folder of the key of the local issuer, for SIGN_IN=local", examples=["/issuer"]
    )
    local_people: Path | None = Field(
        None,
        description="a JSON file with name and login of those who may sign in; without it any login will do",
        examples=["people.json"],
    )

    @field_validator("public_url", "partnerships_url", "goals_url", "sessions_url", "notifications_url")
    @classmethod
    def _is_an_address(cls, given: str) -> str:
        parts = urlsplit(given)
        is_whole = parts.scheme in ("http", "https") and parts.hostname and not (parts.query or parts.fragment)
        if not is_whole or parts.path not in ("", "/") or "@" in parts.netloc:
            raise ValueError("is no address such as https://tandem.example.com, without a path")
        default = {"http": ":80", "https": ":443"}[parts.scheme]
        return f"{parts.scheme}://{parts.netloc.lower().removesuffix(default)}"  # as browsers write an origin

    @model_validator(mode="after")
    def _pages_are_encrypted(self) -> Self:
        if self.environment == "production" and not self.is_secure:
            raise ValueError("PUBLIC_URL must begin with https:// in production, because the cookie needs it")
        return self

    @model_validator(mode="after")
    def _sign_in_is_whole(self) -> Self:
        if self.sign_in == "openid":
            if not self.client_id:
                raise ValueError("SIGN_IN=openid needs CLIENT_ID: the console's client id at the provider")
            return self
        if self.token_issuer != LOCAL_ISSUER or self.environment == "production":
            raise ValueError(
                "SIGN_IN=local asks for no password, so it is refused in production, and it needs "
                f"TOKEN_ISSUER={LOCAL_ISSUER}"
            )
        if self.local_issuer is None:
            raise ValueError("SIGN_IN=local needs LOCAL_ISSUER: the folder of the local issuer's key")
        return self

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the console with TLS."""
        return self.public_url.startswith("https://")

    @property
    def addresses(self) -> Mapping[str, str]:
        """The address of each service."""
        return {
            "partnerships": self.partnerships_url,
            "goals": self.goals_url,
            "sessions": self.sessions_url,
            "notifications": self.notifications_url,
        }
