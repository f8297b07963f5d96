"""The articles laid out for asking, for each shop by itself.

Who asks in a shop can be answered by its own articles and by those for all: measures, threshold and what is asked these
days are of just these. One and the same question that two shops answer differently would else keep either from being
answered. What is known of texts (vectors, n-grams) is shared, so a shop costs what laying out its articles costs, and
that only once somebody asks there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from server import language
from server.faq.confidence import Shift
from server.faq.matching import Matcher
from server.faq.queries import LiveArticle
from server.faq.questions import whole
from server.faq.views import LANGUAGES

COMMON = " "
"""Stands for every shop without articles of its own: no shop is called so."""

Said = tuple[str, str]
"""A shop, and what a customer wrote there."""


class Stock:
    """The matchers of all shops with one engine. It is called in threads, by one at a time."""

    def __init__(self, matcher: Matcher) -> None:
        self.all = matcher
        """Every article, for whoever asks in no shop in particular."""
        self._held: Mapping[int, LiveArticle] = {}
        self._own: dict[str, Matcher] = {}
        self._shops: frozenset[str] = frozenset()
        self._shifts: dict[str, Shift] = {}
        self._said: list[Said] = []

    def of(self, shop: str) -> Matcher:
        """The matcher for what is asked in a shop, made when it is asked for the first time."""
        name = self._name(shop)
        if not name:
            return self.all
        if name not in self._own:
            made = self._own[name] = self.all.beside()
            _lay(made, {}, self._for(name, self._held))
            for lang, shift in self._shifts.items():
                made.learned(lang, shift)
            _hear(made, [text for where, text in self._said if self._name(where) == name])
        return self._own[name]

    def lay(self, held: Mapping[int, LiveArticle]) -> None:
        """The articles are these now."""
        before, self._held = self._held, held
        _lay(self.all, before, held)
        self._shops = frozenset(shop for article in held.values() for shop in article.content.shops)
        self._own = {name: own for name, own in self._own.items() if self._shops and name in {COMMON, *self._shops}}
        for name, own in self._own.items():
            _lay(own, self._for(name, before), self._for(name, held))

    def hear(self, said: Sequence[Said]) -> None:
        """What customers wrote lately, oldest first; each counts where it was asked."""
        self._said = [*said] if self._shops else []
        for name, matcher in [("", self.all), *self._own.items()]:
            _hear(matcher, [text for where, text in said if self._name(where) == name])

    def learned(self, lang: str, shift: Shift) -> None:
        """What confirmed answers say of the confidence in a language."""
        self._shifts[lang] = shift
        for matcher in (self.all, *self._own.values()):
            matcher.learned(lang, shift)

    def forget(self) -> None:
        """Keep none of the messages that were asked."""
        self._said = []
        for matcher in (self.all, *self._own.values()):
            matcher.forget()

    def _name(self, shop: str) -> str:
        if not shop or not self._shops:
            return ""
        return shop if shop in self._shops else COMMON

    def _for(self, name: str, held: Mapping[int, LiveArticle]) -> dict[int, LiveArticle]:
        return {id: one for id, one in held.items() if not one.content.shops or name in one.content.shops}


def _hear(matcher: Matcher, said: Sequence[str]) -> None:
    parts = [part for text in said if (part := whole(text))]
    for lang in LANGUAGES:
        matcher.hear([part for part in parts if (language.guess(part) or "en") == lang], lang)


def _lay(matcher: Matcher, before: Mapping[int, LiveArticle], held: Mapping[int, LiveArticle]) -> None:
    for id in before.keys() - held.keys():
        matcher.remove(str(id))
    for id, article in held.items():
        if (stood := before.get(id)) is not None and stood.version == article.version:
            continue
        for lang in LANGUAGES:
            words = article.content.words.get(lang)
            matcher.put(str(id), lang, [words.question, *words.phrasings] if words is not None else [])
