"""What the notifications service is told besides: where mail goes out, and where it is reached from outside."""

from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from service_kit.settings import Settings


class NotificationSettings(Settings):
    """Without SMTP_URL only the inbox exists."""

    smtp_url: SecretStr | None = Field(
        None, description="the mail server, smtp:// or smtps://", examples=["smtp://127.0.0.1:25"]
    )
    mail_from: str | None = Field(
        None, description="the sender of mail, needed with SMTP_URL", examples=["Tandem <tandem@example.com>"]
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="where this service is reached by links", examples=["https://example.com"]
    )

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, given: SecretStr | None) -> SecretStr | None:
        if given is None:
            return None
        url = urlsplit(given.get_secret_value())
        if url.scheme not in ("smtp", "smtps") or not url.hostname:
            raise ValueError("begins with smtp:// or smtps:// and names a host")
        return given

    @field_validator("public_url")
    @classmethod
    def _public(cls, given: str) -> str:
        if not given.startswith(("https://", "http://")):
            raise ValueError("begins with https:// or http://")
        return given.rstrip("/")

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_url is not None and "@" not in (self.mail_from or ""):
            raise ValueError(
                "SMTP_URL is set, so MAIL_FROM must say who sends, for example MAIL_FROM=tandem@example.com"
            )
        return self
