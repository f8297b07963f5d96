"""The words of automatic answers: in short where people chat, as a letter elsewhere; each says that it is automatic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from html import escape
from urllib.parse import unquote

from markdown_it import MarkdownIt
from markdown_it.token import Token

from channels.contract import Choice
from channels.wording import say
from server.accounts.desk_settings import DeskSettings, called
from server.answers.enclosing import Enclosed, listed
from server.answers.speaking import Words
from server.faq.views import Content, Lang, text_for

PREFIX = "answer"


def answer(
    desk: DeskSettings,
    content: Content,
    language: Lang,
    channel: str,
    files: Enclosed,
    *,
    chat: bool,
    name: str,
    number: int,
) -> Words:
    """An article with its files as an answer, ending with the question whether it helped."""
    own = content.words.get(language) or next(iter(content.words.values()))
    text = text_for(content, language, channel)
    asked = say(language, "Did this solve it?")
    linked = listed(language, files.linked)
    if chat:
        whole = "\n\n".join(filter(None, [f"{say(language, '[Automatic answer]')}\n{text}", linked, asked]))
        return Words(whole, attachments=files.attached)
    opening = _opening(desk, language, name)
    closing = _closing(desk, language, number)
    letter = "\n\n".join(filter(None, [*opening, f"■ {own.question}\n\n{text}", linked, asked]))
    html = "".join(
        [
            *(f"<p>{_lines(one)}</p>" for one in opening),
            f"<h3>{escape(own.question)}</h3>",
            markup(own.full or own.short, files.addresses),
            *(f'<p><a href="{escape(one.url)}">{escape(one.name)}</a></p>' for one in files.linked),
            f"<p>{escape(asked)}</p>",
        ]
    )
    return Words(letter, html=html, closing=closing, attachments=files.attached)


def offer(language: str) -> Words:
    """The question which of some questions it is."""
    asked = say(language, "Is it about one of these? Please choose.")
    return Words(f"{say(language, '[Automatic answer]')}\n{asked}")


def outcome(language: str, what: str, expected: str) -> Words:
    """What is said when the customer said what became of it."""
    text = {
        "yes": say(language, "Thank you for telling us. We are glad that it is solved."),
        "no": say(language, "We are sorry that this did not help. One of us will read your message and answer you."),
        "person": say(language, "One of us will read your message and answer you."),
        "other": say(language, "One of us will read your message and answer you."),
    }[what]
    return Words("\n".join(filter(None, (text, "" if what == "yes" else expected))))


def after_answer(attempt: int, language: str) -> tuple[Choice, ...]:
    """The choices under an answer."""
    return (
        Choice(label=say(language, "Yes"), data=f"{PREFIX}:{attempt}:yes"),
        Choice(label=say(language, "No"), data=f"{PREFIX}:{attempt}:no"),
        Choice(label=say(language, "Talk to a person"), data=f"{PREFIX}:{attempt}:person"),
    )


def to_choose(attempt: int, language: str, questions: list[tuple[int, str]]) -> tuple[Choice, ...]:
    """The choices of an offer: articles with their questions, and none of them."""
    return (
        *(Choice(label=question, data=f"{PREFIX}:{attempt}:a{article}") for article, question in questions),
        Choice(label=say(language, "Something else"), data=f"{PREFIX}:{attempt}:other"),
    )


@cache
def _renderer() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table")


def markup(text: str, addresses: Mapping[str, str]) -> str:
    """An article's Markdown as HTML for a letter: no HTML of its own, no addresses but those of the web and of mail.
    Where the article's own files are named they get their `addresses`; pictures without one become their words."""
    tokens = _renderer().parse(text)
    for token in tokens:
        if token.children:
            token.children = [_addressed(child, addresses) for child in token.children]
    return str(_renderer().renderer.render(tokens, _renderer().options, {}))


def _addressed(token: Token, addresses: Mapping[str, str]) -> Token:
    name = {"image": "src", "link_open": "href"}.get(token.type)
    if name is None:
        return token
    source = str(token.attrGet(name) or "")
    if (own := addresses.get(unquote(source))) is not None:
        token.attrSet(name, own)
    elif token.type == "image" and not source.startswith(("https://", "http://")):
        return Token("text", "", 0, content=token.content)
    return token


def _opening(desk: DeskSettings, language: str, name: str) -> list[str]:
    shop = desk.shop(language)
    known = called(name)
    dear = say(language, "Dear {name},", name=known) if known else say(language, "Dear customer,")
    thanks = (
        say(language, "Thank you for contacting {shop}.", shop=shop)
        if shop
        else say(language, "Thank you for contacting us.")
    )
    automatic = say(language, "This is an automatic answer from our frequently asked questions.")
    return [dear, f"{thanks}\n{automatic}"]


def _closing(desk: DeskSettings, language: str, number: int) -> str:
    return "\n\n".join(
        filter(
            None,
            [
                say(language, "If this is not what you asked, simply reply to this mail: a person will read it."),
                say(language, "Reference number: {number}", number=number),
                desk.footer.get(language, ""),
            ],
        )
    )


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")
