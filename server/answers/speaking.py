"""Speaking by itself: one message of the desk's own with choices under it, on whatever channel the ticket is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from channels.contract import Channel, Choice, Handles, OffersChoices, in_words
from server import delivery
from server.database import Transaction
from server.delivery import Attached, Envelope
from server.delivery.letters import Someone
from server.events import MessageWritten
from server.tickets import ledger, quoting
from server.tickets.addressing import answer_address, as_said, line_of

Why = Literal["answer", "flow", "acknowledgement", "away"]
MOST_LETTERS_AN_HOUR = 5
"""To one address, where words travel as mail: two desks that answer each other fall silent (RFC 3834 §2)."""
MOST_LINES_AN_HOUR = 120
"""The same where people chat, and a conversation has many turns."""


class Network(NamedTuple):
    """How much of choices a kind of account shows: so many, of so many characters."""

    most: int
    longest: int


class Links(Protocol):
    """Gives the address at which a choice is made, for letters that cannot show buttons."""

    def of(self, message: int, at: int) -> str:
        """Where choice `at` (from 0) of a message of ours is made."""


class FileLinks(Protocol):
    """Gives the address at which a file of an article is fetched."""

    def of(self, file: int, name: str) -> str:
        """Where a file is fetched, by its number; `name` is for people."""


class Drawing(NamedTuple):
    """What can be shown where: `networks` by kind of account; `links` for the others, in words alone without them;
    `files` for what is too much to go along."""

    networks: Mapping[str, Network]
    links: Links | None = None
    files: FileLinks | None = None


class Spoken(NamedTuple):
    """The message and its letter."""

    message: int
    letter: int


class Words(NamedTuple):
    """What is said. `html` is for letters; choices are added to it and to the text where no buttons are shown, and
    then the `closing`."""

    text: str
    html: str | None = None
    closing: str = ""
    subject: str = ""
    attachments: tuple[Attached, ...] = ()


def networks_of(channels: Mapping[str, Channel]) -> dict[str, Network]:
    """The kinds of accounts whose networks show choices to be tapped."""
    return {
        kind: Network(channel.most_choices, channel.longest_choice)
        for kind, channel in channels.items()
        if isinstance(channel, OffersChoices)
    }


def speak(
    tx: Transaction,
    number: int,
    words: Words,
    drawing: Drawing,
    *,
    choices: Sequence[Choice] = (),
    why: Why = "answer",
    answers: int | None = None,
) -> Spoken | None:
    """Say something on a ticket; None when nobody could hear it, or it would be one too many.

    `answers` is the customer's message that it follows: on LINE its free reply token is used. Whether the desk may
    speak at all is asked of `manners` before. A tap on one of the `choices` comes back as a message with a `Tapped`
    card that holds the choice's data.
    """
    ticket = ledger.lock(tx, number)
    answer = answer_address(tx, number)
    if answer.account is None or not answer.to:
        return None
    kind = tx.value("SELECT kind FROM channel_account WHERE id = :id", id=answer.account)
    network = drawing.networks.get(kind)
    address = answer.to[0].address
    if _too_many(tx, address, MOST_LETTERS_AN_HOUR if network is None else MOST_LINES_AN_HOUR):
        return None
    offered = _fitting(choices, network)
    last = _message(tx, answers) if answers is not None else quoting.newest_from_customer(tx, number)
    subject = words.subject or quoting.reply_subject(ticket.subject)
    row = ledger.add_message(
        tx,
        ticket,
        kind="auto",
        account_id=answer.account,
        subject=subject,
        text=words.text,
        envelope=as_said(answer) | quoting.besides_words(None, offered),
        automatic=why,
    )
    ledger.attach(tx, row.id, words.attachments)
    tx.run("UPDATE ticket SET last_seq = :seq WHERE number = :number", seq=row.seq, number=number)
    text, html = words.text, words.html
    if network is None and offered:
        linked = _linked(offered, drawing.links, row.id)
        text = "\n\n".join([text, in_words(None, linked)])
        html = None if html is None else html + _buttons(linked)
    if words.closing:
        text = f"{text}\n\n{words.closing}\n"
        html = None if html is None else f"{html}<p>{escape(words.closing).replace(chr(10), '<br>')}</p>"
    letter = delivery.post(
        tx,
        account_id=answer.account,
        line=line_of(answer, ticket),
        ticket=number,
        message_id=row.id,
        wait=False,
        envelope=Envelope(
            to=(Someone(answer.kind, address, answer.to[0].name),),
            subject=subject,
            text=text,
            html=html,
            attachments=words.attachments,
            token=ticket.token,
            conversation=ticket.conversation,
            in_reply_to=last.external_id if last is not None and network is None else None,
            references=quoting.references(tx, number) if network is None else (),
            automatic=True,
            language=ticket.language,
            choices=offered if network is not None else (),
            handles=_handles(last),
        ),
    )
    tx.record(MessageWritten(ticket=number, message=row.id, seq=row.seq, letter=letter), "system")
    return Spoken(row.id, letter)


def _too_many(tx: Transaction, address: str, most: int) -> bool:
    many = tx.value(
        "SELECT count(*) FROM letter l JOIN message m ON m.id = l.message_id WHERE l.recipient = :address"
        " AND l.created_at > :since AND m.kind = 'auto'",
        address=address,
        since=tx.now - timedelta(hours=1),
    )
    return bool(many >= most)


def _fitting(choices: Sequence[Choice], network: Network | None) -> tuple[Choice, ...]:
    """As many and as long as the network shows; a label that is cut is said whole when it is tapped."""
    if network is None:
        return tuple(choices)
    return tuple(
        one
        if len(one.label) <= network.longest
        else msgspec.structs.replace(one, label=one.label[: network.longest - 1] + "…", text=one.text or one.label)
        for one in choices[: network.most]
    )


def _linked(choices: Sequence[Choice], links: Links | None, message: int) -> tuple[Choice, ...]:
    if links is None:
        return tuple(choices)
    return tuple(
        one if one.url else msgspec.structs.replace(one, url=links.of(message, at)) for at, one in enumerate(choices)
    )


def _buttons(choices: Sequence[Choice]) -> str:
    """The same as HTML, one under the other, so that a thumb finds them."""
    style = (
        "display:inline-block;margin:0 8px 8px 0;padding:10px 20px;border:1px solid #1f5fbf;border-radius:8px;"
        "color:#1f5fbf;text-decoration:none"
    )
    drawn = [
        f'<a href="{escape(one.url)}" style="{style}">{escape(one.label)}</a>' if one.url else escape(one.label)
        for one in choices
    ]
    return f"<p>{' '.join(drawn)}</p>"


def _message(tx: Transaction, id: int) -> Any:
    return tx.first("SELECT * FROM message WHERE id = :id", id=id)


def _handles(last: Any) -> Handles | None:
    said = last.envelope.get("handles") if last is not None else None
    return msgspec.convert(said, Handles) if said else None
