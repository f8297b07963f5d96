"""Letters to those who look after the FAQ: one content, as plain text and as HTML for mails and pages."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from server import accounts, delivery
from server.agents import AgentView
from server.database import Transaction
from server.delivery.letters import Someone


class Line(NamedTuple):
    """A line of a list, which may lead somewhere."""

    words: str
    url: str = ""


class Figure(NamedTuple):
    """A figure, as it is now and as it was."""

    name: str
    now: str
    before: str


class Section(NamedTuple):
    """A part with a title; `more` stands below its lines."""

    title: str
    figures: Sequence[Figure] = ()
    lines: Sequence[Line] = ()
    more: str = ""
    heads: tuple[str, str] = ("", "")
    """Above the figures: of now and of before."""


class Words(NamedTuple):
    """What a letter says."""

    subject: str
    opening: str
    sections: Sequence[Section]
    closing: Sequence[Line]


def text(words: Words) -> str:
    """As plain text."""
    parts = [words.opening]
    for section in words.sections:
        lines = [f"■ {section.title}"]
        lines += [f"  {one.name}: {one.now} ({section.heads[1]} {one.before})" for one in section.figures]
        for line in section.lines:
            lines += [f"  - {line.words}", *([f"    {line.url}"] if line.url else [])]
        parts.append("\n".join([*lines, *([f"  {section.more}"] if section.more else [])]))
    parts.append("\n".join(f"{line.words}\n{line.url}" if line.url else line.words for line in words.closing))
    return "\n\n".join(parts) + "\n"


def html(words: Words) -> str:
    """As HTML, everything escaped."""
    parts = [f"<p>{escape(words.opening)}</p>"]
    for section in words.sections:
        parts.append(f"<h3>{escape(section.title)}</h3>")
        if section.figures:
            heads = "".join(f'<th align="right">{escape(one)}</th>' for one in section.heads)
            rows = "".join(
                f'<tr><td>{escape(one.name)}</td><td align="right"><strong>{escape(one.now)}</strong></td>'
                f'<td align="right">{escape(one.before)}</td></tr>'
                for one in section.figures
            )
            parts.append(f'<table cellpadding="4"><tr><td></td>{heads}</tr>{rows}</table>')
        if section.lines:
            parts.append(f"<ul>{''.join(f'<li>{_linked(line)}</li>' for line in section.lines)}</ul>")
        if section.more:
            parts.append(f"<p>{escape(section.more)}</p>")
    parts.append(f"<p>{'<br>'.join(map(_linked, words.closing))}</p>")
    return "".join(parts)


def post(tx: Transaction, to: AgentView, words: Words) -> int | None:
    """Put a letter to somebody who works here on its way; its id, None where no account can send mail."""
    sender = accounts.sender_for(tx, "email")
    if sender is None:
        return None
    return delivery.post(
        tx,
        account_id=sender,
        line=f"email:{to.email}",
        wait=False,
        envelope=delivery.Envelope(
            to=(Someone("email", to.email, to.name),),
            subject=words.subject,
            text=text(words),
            html=html(words),
            automatic=True,
            language=to.language,
        ),
    )


def _linked(line: Line) -> str:
    return f'<a href="{escape(line.url)}">{escape(line.words)}</a>' if line.url else escape(line.words)
