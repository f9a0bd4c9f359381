"""The settings of the notifications service: the mail server, and the address of this service for its users."""

from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from notifications.channels.chat_hosts import USUAL_HOSTS, hosts_in, is_unencrypted
from service_kit.process import Settings


class NotificationSettings(Settings):
    """Without SMTP_URL only the inbox exists."""

    smtp_url: SecretStr | None = Field(
        None, description="the mail server, smtp:// or smtps://", examples=["smtp://127.0.0.1:25"]
    )
    smtp_login_without_tls: bool = Field(
        False, description="whether the login in SMTP_URL may be sent unencrypted", examples=["true"]
    )
    mail_from: str | None = Field(
        None, description="the sender of mail, needed with SMTP_URL", examples=["Tandem <tandem@example.com>"]
    )
    public_url: str = Field(
        "http://127.0.0.1:8000", description="the address of this service in links", examples=["https://example.com"]
    )

    reminders_ceiling: int = Field(
        5,
        ge=0,
        le=100,
        description="the most reminders a week over all partnerships of a person who has not chosen a number",
        examples=["5"],
    )

    link_key: SecretStr | None = Field(
        None,
        min_length=16,
        description="the secret that seals the links in mails, the same for all processes of this service; needed in "
        "production with SMTP_URL",
        examples=["$(openssl rand -hex 32)"],
    )

    chat_hosts: str = Field(
        ",".join(USUAL_HOSTS),
        description="the hosts to whose addresses messages for chats may be sent, separated by commas; empty for no "
        "chat; in production chats need LINK_KEY",
        examples=["hooks.slack.com"],
    )

    @property
    def hosts_of_chats(self) -> Sequence[str]:
        """The hosts that are allowed. None in production without LINK_KEY, which seals the web addresses."""
        return () if self.environment == "production" and self.link_key is None else hosts_in(self.chat_hosts)

    @property
    def key_of_links(self) -> str:
        """The key of links. In development it follows from the database, so that all processes have the same."""
        if self.link_key is not None:
            return self.link_key.get_secret_value()
        return f"{self.mongo_url} {self.database_prefix}"

    @field_validator("smtp_url")
    @classmethod
    def _smtp(cls, given: SecretStr | None) -> SecretStr | None:
        if given is None:
            return None
        url = urlsplit(given.get_secret_value())
        if url.scheme not in ("smtp", "smtps") or not url.hostname:
            raise ValueError("begins with smtp:// or smtps:// and names a host")
        return given

    @field_validator("chat_hosts")
    @classmethod
    def _chat_hosts(cls, given: str) -> str:
        hosts_in(given)
        return given

    @field_validator("public_url")
    @classmethod
    def _public(cls, given: str) -> str:
        if not given.startswith(("https://", "http://")):
            raise ValueError("begins with https:// or http://")
        return given.rstrip("/")

    @field_validator("mail_from")
    @classmethod
    def _sender(cls, given: str | None) -> str | None:
        if given is not None:
            from notifications.channels.addresses import sender_address  # needed only in a process with mail

            sender_address(given)
        return given

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.smtp_url is not None and self.mail_from is None:
            raise ValueError(
                "SMTP_URL is set, so MAIL_FROM must name the sender, for example MAIL_FROM=tandem@example.com"
            )
        if self.smtp_url is not None and self.link_key is None and self.environment == "production":
            raise ValueError(
                "SMTP_URL is set, so LINK_KEY must be a secret of 16 characters or more that seals the links in mails, "
                "for example LINK_KEY=$(openssl rand -hex 32)"
            )
        if self.environment == "production" and any(map(is_unencrypted, hosts_in(self.chat_hosts))):
            raise ValueError("CHAT_HOSTS has hosts with http://, and in production messages to a chat are encrypted")
        return self
