"""The matcher: what a shop's articles answer to a message, with a confidence that means something.

Articles are put and removed one by one; what is put is found by the very next message. Each language has its own
shelf, its own measures and its own threshold. Everything is synchronous and may be asked from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from server import language
from server.faq.confidence import LEAST_PHRASINGS, SUGGEST, Rehearsal, Shift, rehearse, shipped
from server.faq.encoders import Encoder, Vectors
from server.faq.features import Measures
from server.faq.lexicon import Grams, Vocabulary
from server.faq.scoring import Shelf
from server.faq.views import NOTHING, Decision, Entry, Match

MOST = 3
CARRIED = 0.02
"""Up to this share of changed articles the measures of the shelf stand; then they are taken anew."""


@dataclass(slots=True)
class _Language:
    """The articles of one language; fitted when asked after a change."""

    phrasings: dict[str, list[str]] = field(default_factory=dict)
    shift: Shift = field(default_factory=Shift)
    fitted: _Fitted | None = None
    rehearsed: _Fitted | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class _Fitted:
    ids: list[str]
    measures: Measures
    rehearsal: Rehearsal
    threshold: float
    automatic: bool


class Matcher:
    """The articles of a shop, ready to be asked."""

    def __init__(self, encoder: Encoder, vectors: Mapping[str, Vectors] | None = None) -> None:
        self._encoder = encoder
        self._languages: dict[str, _Language] = {}
        self._vectors: dict[str, Vectors] = dict(vectors or {})
        self._grams: dict[str, Grams] = {}
        self._vocabulary = Vocabulary()
        self._lock = threading.Lock()

    @property
    def languages(self) -> list[str]:
        """The languages that have articles."""
        return [name for name, shelf in self._languages.items() if shelf.phrasings]

    def put(self, id: str, lang: str, phrasings: Iterable[str]) -> None:
        """An article in one language, with everything that it may be asked by; replaces what it was."""
        texts = list(dict.fromkeys(text for given in phrasings if (text := given.strip())))
        with self._lock:
            shelf = self._languages.setdefault(lang, _Language())
            shelf.phrasings.pop(id, None)
            if texts:
                shelf.phrasings[id] = texts
            shelf.fitted = None
            shelf.changes += 1

    def remove(self, id: str) -> None:
        """Forget an article in every language."""
        with self._lock:
            for shelf in self._languages.values():
                if shelf.phrasings.pop(id, None) is not None:
                    shelf.fitted = None
                    shelf.changes += 1

    def learned(self, lang: str, shift: Shift) -> None:
        """What confirmed answers say of the confidence in a language."""
        with self._lock:
            shelf = self._languages.setdefault(lang, _Language())
            if shelf.shift != shift:
                shelf.shift, shelf.fitted, shelf.rehearsed = shift, None, None

    def match(self, text: str, lang: str | None = None) -> Match:
        """What the articles say to a message, already without quotations and signature."""
        return self.match_all([text], lang)[0]

    def match_all(self, texts: Sequence[str], lang: str | None = None) -> list[Match]:
        """The same for several texts of one language."""
        with self._lock:
            wanted = lang or language.guess(" ".join(texts)) or "en"
            held = self.languages
            if not held or not texts:
                return [NOTHING] * len(texts)
            at_home = wanted in held
            fitted = self._fit(self._languages[wanted if at_home else held[0]])
            shift = self._languages[wanted if at_home else held[0]].shift
            blank = [not any(char.isalnum() for char in text) for text in texts]
            vectors = self._encoder.encode(texts)
            scores = fitted.measures.shelf.ask(vectors, [self._vocabulary.read(text) for text in texts])
            lengths = np.array([weight(text) for text in texts], np.float32)
            order = np.argsort(-scores.sum, axis=1, kind="stable")[:, :MOST]
            model = shipped()
            logits = np.stack(
                [
                    model.logit(fitted.measures.features(scores, order[:, place], lengths))
                    for place in range(order.shape[1])
                ],
                1,
            )
        confidences = np.minimum.accumulate(shift.probability(logits), axis=1)
        found: list[Match] = []
        for row, empty in enumerate(blank):
            if empty:
                found.append(NOTHING)
                continue
            entries = [
                Entry(fitted.ids[article], round(float(sure), 4))
                for article, sure in zip(order[row], confidences[row], strict=True)
            ]
            best = float(confidences[row, 0])
            decision: Decision = "suggest" if best >= SUGGEST else "none"
            if fitted.automatic and at_home and best >= fitted.threshold:
                decision = "answer"
            found.append(Match(decision=decision, entries=entries, logit=float(logits[row, 0])))
        return found

    def rehearsal(self, lang: str) -> tuple[list[str], list[str], Rehearsal, float, bool] | None:
        """What the phrasings of a language show of themselves: ids by place, phrasings, what came of them, threshold,
        and whether anything is answered automatically. None without articles."""
        with self._lock:
            shelf = self._languages.get(lang)
            if shelf is None or not shelf.phrasings:
                return None
            fitted = self._fit(shelf, whole=True)
            texts = [text for own in shelf.phrasings.values() for text in own]
            return fitted.ids, texts, fitted.rehearsal, fitted.threshold, fitted.automatic

    def owners(self, lang: str) -> list[int]:
        """Of each phrasing of a language, in their order, the place of its article."""
        with self._lock:
            held = self._languages[lang].phrasings.values() if lang in self._languages else ()
            return [place for place, own in enumerate(held) for _ in own]

    def vectors(self) -> dict[str, Vectors]:
        """The phrasings' vectors so far, to be kept."""
        with self._lock:
            return dict(self._vectors)

    def _fit(self, shelf: _Language, *, whole: bool = False) -> _Fitted:
        """Lay the articles out for asking. A few changes in many leave measures and threshold as they were found."""
        if shelf.fitted is not None and not (whole and shelf.changes):
            return shelf.fitted
        ids = list(shelf.phrasings)
        texts = [text for id in ids for text in shelf.phrasings[id]]
        owner = np.repeat(np.arange(len(ids)), [len(shelf.phrasings[id]) for id in ids])
        for text in texts:
            if text not in self._grams:
                self._grams[text] = self._vocabulary.learn(text)
        vectors = self._encoded(texts)
        laid = Shelf(vectors, [self._grams[text] for text in texts], owner, len(self._vocabulary))
        before = shelf.rehearsed
        if before is not None and shelf.changes <= len(ids) * CARRIED and not whole:
            stood = {id: place for place, id in enumerate(before.ids)}
            places = np.array([stood.get(id, -1) for id in ids])
            fitted = replace(before, ids=ids, measures=before.measures.carried(laid, places))
        else:
            scores = laid.leave_out()
            measures = Measures(laid, scores)
            lengths = np.array([weight(text) for text in texts], np.float32)
            rehearsal = rehearse(measures, scores, lengths, shipped(), shelf.shift)
            automatic = vectors is not None and len(texts) >= LEAST_PHRASINGS and len(ids) > 1
            fitted = _Fitted(ids, measures, rehearsal, rehearsal.threshold(shipped().threshold), automatic)
            shelf.rehearsed, shelf.changes = fitted, 0
        shelf.fitted = fitted
        return fitted

    def _encoded(self, texts: Sequence[str]) -> Vectors | None:
        new = [text for text in dict.fromkeys(texts) if text not in self._vectors]
        if new:
            encoded = self._encoder.encode(new)
            if encoded is None:
                return None
            self._vectors.update(zip(new, encoded, strict=True))
        return np.stack([self._vectors[text] for text in texts])


def weight(text: str) -> float:
    """How much a text says, in letters of English: a character of Japanese says as much as two or three."""
    return len(text) * (2.2 if language.guess(text) == "ja" else 1.0)
