"""In charge of mail addresses: whose they are, the token in a reply address, and the form SMTP takes them in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress

from channels.contract import Account
from channels.email.settings import settings_of

TOKEN = re.compile(r"[a-z0-9]+")
ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
THREAD = re.compile(r"t([a-z0-9]+)\.thread@(.+)")
UNSAFE = re.compile(r"[\x00-\x20\x7f<>]")


class BadAddress(ValueError):
    """An address no mail can be sent to; the text says why."""


def split(address: str) -> tuple[str, str]:
    """Local part and domain, in lower case, the quotes of `"a..b"@…` taken off, punycode written out."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    if len(local) > 1 and local[0] == local[-1] == '"':
        local = re.sub(r"\\(.)", r"\1", local[1:-1])
    domain = domain.lower().rstrip(".")
    if "xn--" in domain:
        with suppress(UnicodeError):
            domain = domain.encode("ascii").decode("idna")
    return local.lower(), domain


def normal(address: str) -> str:
    """One spelling for one address: lower case, no quotes around the local part."""
    local, domain = split(address)
    return f"{local}@{domain}" if domain else address.strip().lower()


def domain_of(account: Account) -> str:
    """The domain the account writes from, in ASCII; `localhost` for an address without one."""
    domain = split(account.address)[1]
    try:
        return domain.encode("idna").decode("ascii") or "localhost"
    except UnicodeError:
        return "localhost"


# --------------------------------------------------------------------------------------------- whose is it


def own(account: Account) -> set[str]:
    """The account's address and its aliases, in one spelling each."""
    return {normal(address) for address in settings_of(account).addresses}


def belongs(account: Account, address: str) -> bool:
    """Whether mail to this address is the account's: its own, an alias, a plus address, a reply address."""
    local, domain = split(address)
    ours = own(account)
    return (
        f"{local}@{domain}" in ours
        or f"{local.partition('+')[0]}@{domain}" in ours
        or domain in settings_of(account).domains
        or _token_in(account, address) is not None
    )


def reply_address(account: Account, token: str | None) -> str:
    """Where answers to a letter shall go: the plain address without a token, or where the server takes no other."""
    settings = settings_of(account)
    if not token or not TOKEN.fullmatch(token):
        return account.address
    if settings.reply_address == "pattern" and "{token}" in settings.reply_pattern:
        return settings.reply_pattern.replace("{token}", token)
    if settings.reply_address == "plus":
        local, _, domain = account.address.rpartition("@")
        return f"{local}+t{token}@{domain}"
    return account.address


def thread_reference(account: Account, token: str) -> str:
    """An id which stands first in References of every letter of a ticket, and so of every answer.

    The second way to find the ticket: relays that rewrite our Message-ID leave References alone, and a server
    without plus addresses keeps it too.
    """
    return f"t{token}.thread@{domain_of(account)}"


def find_token(account: Account, addresses: Iterable[str], references: Iterable[str] = ()) -> str | None:
    """The token in the first of our reply addresses, else in our own mark among the references.

    It is only found here, not believed: the desk checks its signature.
    """
    for address in addresses:
        if token := _token_in(account, address):
            return token
    ours = domain_of(account)
    for reference in references:
        mark = THREAD.fullmatch(reference.strip(" <>").lower())
        if mark and mark[2] == ours:
            return mark[1]
    return None


def _token_in(account: Account, address: str) -> str | None:
    settings = settings_of(account)
    local, domain = split(address)
    base, plus, tag = local.partition("+")
    if plus and f"{base}@{domain}" in own(account) and tag.startswith("t") and TOKEN.fullmatch(tag[1:]):
        return tag[1:]
    if "{token}" in settings.reply_pattern:
        before, _, after = settings.reply_pattern.partition("{token}")
        whole = f"{local}@{domain}"
        if whole.startswith(before) and whole.endswith(after):
            token = whole[len(before) : len(whole) - len(after)]
            return token if TOKEN.fullmatch(token) else None
    return None


# ---------------------------------------------------------------------------------------------- Message-IDs


def message_id(account: Account, key: str) -> str:
    """The Message-ID of a letter, without brackets: the same at every try, and its key can be read from it."""
    local = re.sub(r"[^A-Za-z0-9_-]", lambda hit: "".join(f"={byte:02x}" for byte in hit[0].encode()), key)
    return f"{local}@{domain_of(account)}"


def key_of(account: Account, identifier: str) -> str | None:
    """The key in a Message-ID of ours; None for somebody else's."""
    local, _, domain = identifier.strip(" <>").rpartition("@")
    if not local or domain.lower() != domain_of(account):
        return None
    try:
        return re.sub(
            r"(?:=[0-9a-f]{2})+", lambda hit: bytes.fromhex(hit[0].replace("=", "")).decode(), local, flags=re.I
        )
    except UnicodeDecodeError:
        return None


# ----------------------------------------------------------------------------------------- the form on SMTP


def smtp_form(address: str) -> str:
    """The address as `RCPT TO` takes it.

    A local part that breaks RFC 5321 §4.1.2 (`a..b.@docomo.ne.jp`, which Japanese carriers gave out until 2009)
    is put into quotes; a domain of other letters becomes punycode (RFC 5891). Raises `BadAddress`.
    """
    address = address.strip()
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        raise BadAddress(f"This is no mail address. {address!r}")
    if UNSAFE.search(domain) or re.search(r"[\x00-\x1f\x7f]", local):
        raise BadAddress(f"A character may not stand in a mail address. {address!r}")
    if not domain.startswith("["):
        try:
            domain = domain.rstrip(".").encode("idna").decode("ascii")
        except UnicodeError as error:
            raise BadAddress(f"This is no domain. {domain!r}") from error
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", domain):
            raise BadAddress(f"This is no domain. {domain!r}")
    quoted = len(local) > 1 and local[0] == local[-1] == '"'
    if quoted or ATOM.fullmatch(local) or not local.isascii():
        if not quoted and UNSAFE.search(local):
            raise BadAddress(f"A character may not stand in a mail address. {address!r}")
        return f"{local}@{domain}"
    escaped = re.sub(r'(["\\])', r"\\\1", local)
    return f'"{escaped}"@{domain}'


def needs_utf8(address: str) -> bool:
    """Whether the address, in its SMTP form, can be taken only by a server with SMTPUTF8 (RFC 6531)."""
    return not address.isascii()
