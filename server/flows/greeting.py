"""What a flow says to whoever opens the chat on a site, before they have said anything: no ticket begins with it."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from channels.contract import Choice, InboundMessage, Tapped
from channels.wording import say
from server.database import Transaction
from server.flows import leading, queries
from server.flows.starting import OPENED
from server.flows.steps import Choices, Say, Scenario, in_language
from server.flows.talk import PERSON
from server.flows.understanding import LABELS


class Greeting(NamedTuple):
    """The flow that greets on an account."""

    flow: int
    scenario: Scenario

    def said(self, language: str) -> tuple[str, tuple[Choice, ...]]:
        """Its first words in a language, and the answers under them."""
        lang, said = leading.language_of(self.scenario, language), []
        for step in self.scenario.steps:
            if isinstance(step, Say):
                said.append(in_language(step.words, lang))
            elif isinstance(step, Choices):
                said.append(in_language(step.words, lang))
                ways = [(way.id, in_language(way.label, lang)) for way in step.ways]
                labels = [*ways, (PERSON, say(lang, LABELS[PERSON]))]
                choices = [Choice(label=label, data=f"{OPENED}:{self.flow}:{key}") for key, label in labels]
                return "\n\n".join(said), tuple(choices)
            else:
                break
        return "", ()


def greets(scenario: Scenario) -> bool:
    """Whether it can greet: words at most stand before its first question with answers to tap."""
    first = next((step for step in scenario.steps if not isinstance(step, Say)), None)
    return isinstance(first, Choices)


def greetings(tx: Transaction) -> dict[int, Greeting]:
    """The flow that greets on each account, the oldest of several."""
    found: dict[int, Greeting] = {}
    rows = tx.all(
        "SELECT id, live_version, accounts FROM flow WHERE enabled AND live_version IS NOT NULL AND removed_at IS NULL"
        " ORDER BY id"
    )
    for row in rows:
        scenario = queries.version(tx, row.id, row.live_version)
        if scenario.start.opened and greets(scenario):
            for account in row.accounts:
                found.setdefault(account, Greeting(row.id, scenario))
    return found


def first_words(tx: Transaction, account: int) -> tuple[str, tuple[Choice, ...]]:
    """What the flow that greets on an account says first in the account's language, and the answers under it; empty
    where none greets."""
    greeting = greetings(tx).get(account)
    if greeting is None:
        return "", ()
    settings = tx.one("SELECT settings FROM channel_account WHERE id = :id", id=account).settings
    return greeting.said(str(settings.get("language") or "ja"))


def worded(tx: Transaction, account: int, message: InboundMessage) -> InboundMessage:
    """A tap in a greeting to which no message of ours belongs, from a network that tells data alone: in our words."""
    card = message.card
    if not isinstance(card, Tapped) or card.of or not card.data.startswith(f"{OPENED}:"):
        return message
    _, choices = first_words(tx, account)
    label = next((one.label for one in choices if one.data == card.data), None)
    return message if label is None else replace(message, text=label)
