"""Every setting of the desk: typed, described, read once from the environment (`MADOGUCHI_…`) or a `.env` file.

What admins decide in the browser (accounts, labels, texts) is in the database and not here. Only `server.app`
and the command line read these.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

DEMO_SECRET = "demo-only-not-a-secret-demo-only-not-a-secret"


class Settings(BaseSettings):
    """The desk's settings. Each field's description is its documentation (docs/settings.md)."""

    model_config = SettingsConfigDict(env_prefix="MADOGUCHI_", env_file=".env", extra="ignore", frozen=True)

    secret: str = Field(
        default="",
        description="Encrypts the accounts' passwords and signs links: at least 32 characters, kept safe, the same"
        " on every process. Make one with `python -c 'import secrets; print(secrets.token_urlsafe(48))'`.",
    )
    old_secrets: str = Field(
        default="", description="Former values of `secret`, blank-separated, still accepted while rotating."
    )
    database: str = Field(
        default="sqlite:///var/madoguchi.db",
        description="Where the database is: `sqlite:///path` or `postgresql://user:password@host/name`.",
    )
    files: Path = Field(default=Path("var/files"), description="The folder of attachments and large arrivals.")
    public_url: str = Field(
        default="http://127.0.0.1:8025",
        description="How the desk is reached from outside, without a trailing slash; in links, mails and cookies.",
    )
    host: str = Field(default="127.0.0.1", description="The address that the web server listens on.")
    port: int = Field(default=8025, description="The port that the web server listens on.")
    proxies: int = Field(
        default=0, description="How many reverse proxies stand before the desk and append to X-Forwarded-For."
    )
    smtp_host: str = Field(default="127.0.0.1", description="The address that the SMTP listener listens on.")
    smtp_port: int = Field(default=0, description="The port of the SMTP listener for incoming mail; 0: none.")
    lmtp_port: int = Field(default=0, description="The port of the LMTP listener for incoming mail; 0: none.")
    max_arrival_bytes: int = Field(
        default=50_000_000, description="The largest mail, form or other arrival taken, in bytes."
    )
    max_import_bytes: int = Field(
        default=1_000_000_000, description="The largest file of customers or orders taken for an import, in bytes."
    )
    readers: int = Field(default=4, description="Threads that read from the database.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")
    outside_allow: str = Field(
        default="",
        description="Private hosts or networks that webhooks, sources and the FAQ's engine may reach all the same,"
        " blank-separated (`10.1.0.0/16 hooks.internal`).",
    )
    source_folders: str = Field(
        default="",
        description="Folders in which SQLite databases (and sockets of PostgreSQL) may lie that sources read,"
        " blank-separated; none: none may.",
    )
    demo: bool = Field(default=False, description="Set by `madoguchi demo`: demo pages, one-click sign-in.")

    def missing(self) -> list[str]:
        """What stands in the way of a production start, each with what to do."""
        found: list[str] = []
        if not self.secret:
            found.append(
                "MADOGUCHI_SECRET is not set. Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        elif self.secret == DEMO_SECRET or self.secret.startswith("demo"):
            found.append("MADOGUCHI_SECRET is the demo's. Make one of your own.")
        elif len(self.secret) < 32:
            found.append("MADOGUCHI_SECRET is shorter than 32 characters.")
        if not self.database.startswith(("sqlite:///", "postgresql://", "postgres://")):
            found.append("MADOGUCHI_DATABASE must begin with sqlite:/// or postgresql://.")
        if not self.public_url.startswith(("https://", "http://")):
            found.append("MADOGUCHI_PUBLIC_URL must begin with https:// (or http:// for a trial).")
        return found
