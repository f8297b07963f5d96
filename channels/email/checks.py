"""In charge of an account's connection test: each thing it needs tried once, and what to do where it fails."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping, Sequence

from channels.contract import Account, Check, TryLater
from channels.email.imap import Imap, ImapTrouble, Lost, SignInRefused
from channels.email.oauth import Tokens
from channels.email.settings import MailSettings, settings_of
from channels.email.smtp import Relays

LISTENER_SECONDS = 5.0
NO_SMTP = "It has no SMTP server, so no answer can be sent from it."


async def test(
    account: Account,
    tokens: Tokens,
    relays: Relays,
    tls: ssl.SSLContext | None,
    listening: Mapping[str, tuple[str, int]],
) -> Sequence[Check]:
    """One line for each thing the account needs; never raises for a network's failure."""
    settings = settings_of(account)
    checks: list[Check] = []
    token: str | None = None
    if settings.oauth_provider != "none":
        try:
            token = await tokens.token(account)
            checks.append(Check("Sign-in token", True, "The provider gives us tokens."))
        except TryLater as error:
            hint = "Check client ID, secret and tenant, or sign in again to get a new refresh token."
            return [Check("Sign-in token", False, f"{error.words.rstrip('.')}. {hint}")]
    if settings.incoming == "imap":
        checks += await _imap(settings, token, tls)
    elif settings.incoming == "smtp":
        checks.append(await _listener(account, listening))
    checks.append(await _smtp(account, settings, relays))
    return checks


async def _imap(settings: MailSettings, token: str | None, tls: ssl.SSLContext | None) -> list[Check]:
    if not settings.imap_host:
        return [Check("IMAP server", False, "Fill in the IMAP server.")]
    where = f"{settings.imap_host}:{settings.imap_port}"
    try:
        box = await Imap.open(settings, token, tls)
    except SignInRefused as error:
        hint = "Check user and password. Many providers want an app password, or IMAP switched on in their settings."
        return [Check("IMAP server", True, where), Check("IMAP sign-in", False, f"{error.words.rstrip('.')}. {hint}")]
    except ImapTrouble as error:
        return [
            Check(
                "IMAP server",
                False,
                f"{where}: {error.words.rstrip('.')}. {_line_hint(settings.imap_security, error.words)}",
            )
        ]
    checks = [
        Check("IMAP server", True, where),
        Check("IMAP sign-in", True, "New mail is announced at once." if box.can_idle else "Without IDLE: by polling."),
    ]
    try:
        for name in settings.imap_folders:
            try:
                await box.select(name, readonly=True)
                checks.append(Check(f"Folder {name}", True))
            except Lost as error:
                checks.append(
                    Check(
                        f"Folder {name}",
                        False,
                        f"{error.words.rstrip('.')}. The mailbox may have no licence or access.",
                    )
                )
                break
            except ImapTrouble as error:
                checks.append(
                    Check(f"Folder {name}", False, f"{error.words.rstrip('.')}. Write it exactly as the server does.")
                )
    finally:
        box.close()
    return checks


async def _listener(account: Account, listening: Mapping[str, tuple[str, int]]) -> Check:
    if not listening:
        return Check("Listener", False, "No listener runs: set its host and port in the desk's settings.")
    for host, port in listening.values():
        if not await _greets(host, port):
            return Check("Listener", False, f"Nobody answers. Is the desk running? ({host}:{port})")
    doors = ", ".join(f"{name.upper()} on port {port}" for name, (_, port) in sorted(listening.items()))
    return Check("Listener", True, f"{doors}. Let your mail server send {account.address} here.")


async def _greets(host: str, port: int) -> bool:
    """Whether an SMTP or LMTP door says hello (RFC 5321 §4.2: 220)."""
    try:
        async with asyncio.timeout(LISTENER_SECONDS):
            reader, writer = await asyncio.open_connection("127.0.0.1" if host in ("", "0.0.0.0") else host, port)
            greeting = await reader.readline()
            writer.close()
            await writer.wait_closed()
    except (OSError, TimeoutError, ValueError):
        return False
    return greeting.startswith(b"220")


async def _smtp(account: Account, settings: MailSettings, relays: Relays) -> Check:
    if not settings.smtp_host:
        return Check("SMTP server", False, "Fill in the SMTP server, or no answer can be sent.")
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        await relays.try_account(account)
    except TryLater as error:
        if "sign-in" in error.words:
            hint = "Check user and password; many providers want an app password for SMTP."
        else:
            hint = _line_hint(settings.smtp_security, error.words)
        return Check("SMTP server", False, f"{where}: {error.words.rstrip('.')}. {hint}")
    secure = settings.smtp_security != "none"
    return Check("SMTP server", True, where if secure else f"{where}, without encryption")


def _line_hint(security: str, words: str) -> str:
    lower = words.lower()
    if "certificate" in lower:
        return "The server's certificate is not valid for this name: use the name the provider documents."
    if "wrong version" in lower or "wrong_version" in lower or "record layer" in lower:
        return "The port does not speak TLS from the start: try STARTTLS, or port 993 (IMAP) or 465 (SMTP)."
    if "starttls" in lower or security == "starttls":
        return "Check server and port; if the port is 993 or 465 choose TLS from the start."
    return "Check server name, port, encryption, and that a firewall lets us out."
