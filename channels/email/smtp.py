"""In charge of talking to an account's SMTP server: connecting, signing in, handing letters over piece by piece."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice

import aiosmtplib

from channels.contract import Account, Receipt, TryLater, Undeliverable
from channels.email.addresses import domain_of
from channels.email.compose import Letter
from channels.email.oauth import Tokens
from channels.email.settings import MailSettings, settings_of
from channels.email.verdict import Answer, Place, failure, is_final

CONNECT_SECONDS = 20.0
COMMAND_SECONDS = 60.0
DATA_SECONDS = 300.0  # RFC 5321 §4.5.3.2.6 wants ten minutes; a relay that takes five is not well
IDLE_SECONDS = 8.0
LETTERS_PER_CONNECTION = 100
CHUNKS_AT_ONCE = 8


@dataclass(slots=True)
class Relay:
    """One open connection to an account's server, signed in."""

    client: aiosmtplib.SMTP
    letters: int = 0
    idle_since: float = field(default_factory=time.monotonic)

    def close(self) -> None:
        """Hang up without ceremony."""
        self.client.close()


class Relays:
    """The connections to all accounts' servers; each is kept a few seconds after a letter, for the next one.

    `tokens` gives OAuth access tokens, `tls` is the context to check certificates with (the system's
    authorities when None).
    """

    def __init__(self, tokens: Tokens, tls: ssl.SSLContext | None = None) -> None:
        self._tokens = tokens
        self._tls = tls
        self._idle: dict[MailSettings, list[Relay]] = {}
        self._sweep: asyncio.TimerHandle | None = None

    async def send(self, account: Account, letter: Letter, *, patient: bool) -> Receipt:
        """Hand a letter over.

        While `patient`, one recipient's "later" holds the letter back for all, so that nobody gets it twice; after
        that, those who can have it get it, and the rest are named in `Receipt.refused`.
        Raises `Undeliverable` or `TryLater` with the server's words.
        """
        if not settings_of(account).smtp_host:
            raise TryLater("The account has no SMTP server.", code="config")
        for fresh in (False, True):
            try:
                async with self._relay(account, fresh=fresh) as (relay, reused):
                    return await _hand_over(relay.client, letter, patient)
            except _Gone as gone:
                if fresh or not (reused and gone.early):
                    raise failure(gone.answer, "data") from gone
        raise AssertionError("unreachable")

    async def try_account(self, account: Account) -> str:
        """Connect, sign in, hang up; gives the server's name for itself. Raises `TryLater`."""
        relay = await self._open(account)
        try:
            answer = relay.client.last_ehlo_response
            return answer.message.split("\n")[0] if answer else ""
        finally:
            relay.close()

    async def close(self) -> None:
        """Hang up everywhere."""
        if self._sweep:
            self._sweep.cancel()
        for relays in self._idle.values():
            for relay in relays:
                relay.close()
        self._idle.clear()

    # ------------------------------------------------------------------------------------------ connections

    @asynccontextmanager
    async def _relay(self, account: Account, *, fresh: bool) -> AsyncIterator[tuple[Relay, bool]]:
        settings = settings_of(account)
        idle = self._idle.get(settings, [])
        relay = None
        while idle and not fresh and relay is None:
            relay = idle.pop()
            if not relay.client.is_connected:
                relay = None
        reused = relay is not None
        if relay is None:
            relay = await self._open(account)
        try:
            yield relay, reused
        except BaseException as error:
            # after a refusal the server waits for the next letter; after anything else the line is not to be trusted
            if isinstance(error, (Undeliverable, TryLater)) and relay.client.is_connected:
                self._keep(settings, relay)
            else:
                relay.close()
            raise
        self._keep(settings, relay)

    def _keep(self, settings: MailSettings, relay: Relay) -> None:
        relay.letters += 1
        relay.idle_since = time.monotonic()
        if relay.letters >= LETTERS_PER_CONNECTION:
            relay.close()
            return
        self._idle.setdefault(settings, []).append(relay)
        if self._sweep is None:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    def _close_idle(self) -> None:
        self._sweep = None
        now = time.monotonic()
        for settings, relays in list(self._idle.items()):
            for relay in [one for one in relays if now - one.idle_since >= IDLE_SECONDS - 0.1]:
                relays.remove(relay)
                relay.close()
            if not relays:
                del self._idle[settings]
        if self._idle:
            self._sweep = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._close_idle)

    async def _open(self, account: Account) -> Relay:
        settings = settings_of(account)
        client = aiosmtplib.SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            use_tls=settings.smtp_security == "tls",
            start_tls=False,
            tls_context=self._tls,
            timeout=COMMAND_SECONDS,
            local_hostname=domain_of(account),
        )
        place: Place = "connect"
        try:
            await client.connect(timeout=CONNECT_SECONDS)
            if settings.smtp_security == "starttls":
                await client.starttls()
            await client.ehlo()
            place = "sign-in"
            if settings.oauth_provider != "none":
                await client.auth_xoauth2(settings.smtp_user, await self._tokens.token(account))
            elif settings.smtp_user and settings.smtp_password:
                await _sign_in(client, settings)
        except BaseException as error:
            client.close()
            if place == "sign-in" and settings.oauth_provider != "none":
                self._tokens.forget(account)
            if isinstance(error, aiosmtplib.SMTPResponseException):
                raise failure(Answer.of(error.code, error.message), place) from error
            if isinstance(error, (aiosmtplib.SMTPException, OSError, TimeoutError)):
                raise failure(Answer.of(0, str(error) or type(error).__name__), place) from error
            raise
        return Relay(client)


async def _sign_in(client: aiosmtplib.SMTP, settings: MailSettings) -> None:
    """By password, asking once: the library's `login` would try a wrong one by every method, which locks accounts."""
    methods = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
    offered = [name for name in methods if name in client.server_auth_methods]
    if not offered:
        raise aiosmtplib.SMTPException("It offers no sign-in by password here: is the encryption set right?")
    for name in offered:
        try:
            await methods[name](settings.smtp_user, settings.smtp_password)
            return
        except aiosmtplib.SMTPAuthenticationError as error:
            # RFC 4954 §4: only "not this mechanism" (504) and "too weak" (534) are worth another one
            if name == offered[-1] or error.code not in (500, 502, 504, 534):
                raise


# ------------------------------------------------------------------------------------------------- one letter


class _Gone(Exception):
    """The line broke or the server said goodbye before it took the letter.

    `early`: at the very first word, as happens when a kept connection had died meanwhile; then another is opened.
    """

    def __init__(self, answer: Answer, early: bool = False) -> None:
        super().__init__(answer.words)
        self.answer = answer
        self.early = early


async def _hand_over(client: aiosmtplib.SMTP, letter: Letter, patient: bool) -> Receipt:
    if letter.utf8 and not client.supports_extension("smtputf8"):
        raise Undeliverable("The mail server cannot take addresses with such characters (SMTPUTF8).", code="5.6.7")
    options = [b"SMTPUTF8", b"BODY=8BITMIME"] if letter.utf8 else []
    said = await _say(client, b"MAIL", b"FROM:<%s>" % letter.sender.encode(), *options)
    if said.code != 250:
        raise await _refused(client, said, "mail")
    refused: dict[str, Answer] = {}
    for recipient in letter.recipients:
        said = await _say(client, b"RCPT", b"TO:<%s>" % recipient.encode())
        if said.code not in (250, 251):
            refused[recipient] = said
    later = [answer for answer in refused.values() if not is_final(answer, "rcpt")]
    if len(refused) == len(letter.recipients) or (later and patient):
        raise await _refused(client, (later or list(refused.values()))[0], "rcpt")
    said = await _say(client, b"DATA")
    if said.code != 354:
        raise await _refused(client, said, "data")
    said = await _write(client, letter)
    if said.code != 250:
        raise failure(said, "data")
    return Receipt(
        external_id=letter.message_id,
        words=said.words,
        refused={letter.recipients[recipient]: answer.words for recipient, answer in refused.items()},
    )


async def _refused(client: aiosmtplib.SMTP, said: Answer, place: Place) -> Undeliverable | TryLater:
    """The exception for a refusal, the transaction taken back so that the connection can be used again."""
    try:
        await _say(client, b"RSET")
    except _Gone:
        client.close()
    return failure(said, place)


async def _say(client: aiosmtplib.SMTP, *words: bytes, seconds: float = COMMAND_SECONDS) -> Answer:
    try:
        response = await client.execute_command(*words, timeout=seconds)
    except aiosmtplib.SMTPResponseException as error:
        client.close()
        raise _Gone(Answer.of(0, f"The mail server cannot be understood. {error.message}")) from error
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
        client.close()
        raise _Gone(Answer.of(0, str(error) or type(error).__name__), early=words[0] == b"MAIL") from error
    if response.code == 421:  # RFC 5321 §3.8: it closes the channel, whatever was asked
        client.close()
        raise _Gone(Answer.of(421, response.message), early=words[0] == b"MAIL")
    return Answer.of(response.code, response.message)


async def _write(client: aiosmtplib.SMTP, letter: Letter) -> Answer:
    """The letter's bytes with dots doubled (RFC 5321 §4.5.2), read from disk in a thread, never all in memory."""
    pieces = letter.chunks()

    def batch_of_pieces() -> bytes:
        return b"".join(islice(pieces, CHUNKS_AT_ONCE))

    while True:
        try:
            batch = await asyncio.to_thread(batch_of_pieces)
        except OSError as error:
            client.close()  # in the middle of DATA: only by hanging up does the server know that this is no mail
            raise TryLater(f"An attachment cannot be read. {type(error).__name__}", code="file") from error
        if not batch:
            break
        doubled = batch.replace(b"\r\n.", b"\r\n..")
        protocol = client.protocol
        if protocol is None:
            raise _Gone(Answer.of(0, "The connection was lost while the letter was sent."))
        try:
            protocol.write(b"." + doubled if doubled.startswith(b".") else doubled)
            async with asyncio.timeout(DATA_SECONDS):
                # aiosmtplib has no public way to wait for its buffer; this is what asyncio's own StreamWriter calls
                await protocol._drain_helper()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            client.close()
            raise _Gone(Answer.of(0, str(error) or type(error).__name__)) from error
    return await _say(client, b".", seconds=DATA_SECONDS)
