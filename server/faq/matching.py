"""The matcher: what a shop's articles answer to a message, with a confidence that means something.

Articles are put and removed one by one; what is put is found by the very next message. Each language has its own
shelf, its own measures and its own threshold. Everything is synchronous and may be asked from any thread.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from server import language
from server.faq.confidence import LEAST_PHRASINGS, SUGGEST, Rehearsal, Shift, rehearse, shipped
from server.faq.encoders import Encoder, Vectors
from server.faq.features import Measures
from server.faq.packing import give_back
from server.faq.questions import only_greets
from server.faq.scoring import Ints, Scores, Shelf
from server.faq.texts import Texts
from server.faq.topics import Topics
from server.faq.traffic import KEPT, LEAST, Asked, Traffic, described, together
from server.faq.views import NOTHING, Decision, Entry, Lang, Match, Outlook

MOST = 3
AT_ONCE = 50
"""Messages of before that are scored together: as many rows for each phrasing lie in memory."""
VERBATIM = 0.98
"""The confidence of a message that is, letter for letter, a phrasing of one article and of no other."""
CAREFUL = 0.975
"""The least threshold with another engine than the default one: confidence and trees were made with that."""
CARRIED = 0.02
"""Up to this share of changed articles the measures of the shelf stand; then they are taken anew."""

_Heard = tuple[str, npt.NDArray[np.float16]]
"""A message with its vector."""


@dataclass(slots=True)
class _Language:
    """The articles of one language; fitted when asked after a change."""

    phrasings: dict[str, list[str]] = field(default_factory=dict)
    greeting: set[str] = field(default_factory=set)
    """The articles that are asked for by a mere greeting."""
    shift: Shift = field(default_factory=Shift)
    fitted: _Fitted | None = None
    rehearsed: _Fitted | None = None
    changes: int = 0
    heard: list[_Heard] = field(default_factory=list)
    """The last messages with their vectors, oldest first."""
    scored: list[Asked] = field(default_factory=list)
    """The same messages as scored by the measures that stand."""
    pending: int = 0
    """Messages that came since `traffic` was made."""
    traffic: Traffic | None = None

    def forget_scores(self) -> None:
        """The measures changed: what was scored by the old ones is worth nothing."""
        self.scored, self.traffic, self.pending = [], None, 0


@dataclass(frozen=True, slots=True)
class _Fitted:
    ids: list[str]
    measures: Measures
    topics: Topics
    rehearsal: Rehearsal
    threshold: float
    automatic: bool
    verbatim: dict[str, int]
    """Phrasings by their letters, with the place of the one article that has it."""


class Matcher:
    """The articles of a shop, ready to be asked."""

    def __init__(self, encoder: Encoder) -> None:
        self._known = Texts(encoder)
        self._languages: dict[str, _Language] = {}
        self._lock = threading.Lock()

    def beside(self) -> Matcher:
        """A matcher for other articles that shares what is known of texts: the model, vectors and n-grams."""
        other = copy(self)
        other._languages = {}
        return other

    @property
    def languages(self) -> list[str]:
        """The languages that have articles."""
        return [name for name, shelf in self._languages.items() if shelf.phrasings]

    @property
    def greeted(self) -> bool:
        """Whether some article answers a mere greeting."""
        return any(shelf.greeting for shelf in self._languages.values())

    def put(self, id: str, lang: str, phrasings: Iterable[str]) -> None:
        """An article in one language, with everything that it may be asked by; replaces what it was."""
        texts = list(dict.fromkeys(text for given in phrasings if (text := given.strip())))
        with self._lock:
            shelf = self._languages.setdefault(lang, _Language())
            shelf.phrasings.pop(id, None)
            shelf.greeting.discard(id)
            if texts:
                shelf.phrasings[id] = texts
                if any(map(only_greets, texts)):
                    shelf.greeting.add(id)
            shelf.fitted = None
            shelf.changes += 1

    def remove(self, id: str) -> None:
        """Forget an article in every language."""
        with self._lock:
            for shelf in self._languages.values():
                shelf.greeting.discard(id)
                if shelf.phrasings.pop(id, None) is not None:
                    shelf.fitted = None
                    shelf.changes += 1

    def unknown(self) -> list[str]:
        """The phrasings that there is no vector of yet."""
        with self._lock:
            texts = (text for shelf in self._languages.values() for own in shelf.phrasings.values() for text in own)
            return self._known.unknown(texts)

    def know(self, made: Mapping[str, Vectors]) -> None:
        """Vectors of phrasings, made before."""
        with self._lock:
            self._known.know(made)

    def texts(self) -> list[str]:
        """Every phrasing."""
        with self._lock:
            return [text for shelf in self._languages.values() for own in shelf.phrasings.values() for text in own]

    def learned(self, lang: str, shift: Shift) -> None:
        """What confirmed answers say of the confidence in a language."""
        with self._lock:
            shelf = self._languages.setdefault(lang, _Language())
            if shelf.shift != shift:
                shelf.shift, shelf.fitted, shelf.rehearsed = shift, None, None
                shelf.forget_scores()

    def vectors(self, texts: Sequence[str]) -> Vectors | None:
        """The sentence vectors of texts, a row each, of length one; None without a model. Nothing is kept."""
        with self._lock:
            return self._known.vectors(texts)

    def match(self, text: str, lang: str | None = None, *, heard: bool = False) -> Match:
        """What the articles say to a message, already without quotations and signature."""
        return self.match_all([text], lang, heard=[0] if heard else ())[0]

    def match_all(self, texts: Sequence[str], lang: str | None = None, *, heard: Sequence[int] = ()) -> list[Match]:
        """The same for several texts of one language. Those in the places `heard` are what somebody really asked: what
        comes later is measured against them."""
        with self._lock:
            wanted = lang or language.guess(" ".join(texts)) or "en"
            held = self.languages
            if not held or not texts:
                return [NOTHING] * len(texts)
            at_home = wanted in held
            shelf = self._languages[wanted if at_home else held[0]]
            fitted = self._fit(shelf)
            vectors = self._known.encode(texts)
            scores, order, asked = self._score(fitted, texts, vectors)
            logits = np.column_stack([asked.logits, self._logits(fitted, scores, order[:, 1:], texts)])
            threshold, automatic = fitted.threshold, fitted.automatic and at_home
            if shelf.traffic is not None and at_home and vectors is not None:
                logits[:, 0] = shelf.traffic.logit(asked)
                threshold = shelf.traffic.threshold
            confidences = shelf.shift.probability(logits)
            verbatim = [fitted.verbatim.get(_letters(text)) == order[row, 0] for row, text in enumerate(texts)]
            confidences[verbatim, 0] = np.maximum(confidences[verbatim, 0], VERBATIM)
            if at_home and vectors is not None:
                self._hear(
                    shelf, fitted, _kept([texts[place] for place in heard], vectors[list(heard)]), asked.some(heard)
                )
        confidences = np.minimum.accumulate(confidences, axis=1)
        found: list[Match] = []
        for row, text in enumerate(texts):
            if not any(char.isalnum() for char in text):
                found.append(NOTHING)
                continue
            entries = [
                Entry(fitted.ids[article], round(float(sure), 4))
                for article, sure in zip(order[row], confidences[row], strict=True)
            ]
            best = float(confidences[row, 0])
            decision: Decision = "suggest" if best >= SUGGEST else "none"
            if automatic and (best >= threshold or verbatim[row]):
                decision = "answer"
            found.append(Match(decision=decision, entries=entries, logit=float(logits[row, 0])))
        return found

    def hear(self, texts: Sequence[str], lang: str) -> None:
        """What was asked in this language before, oldest first."""
        texts = [text for text in texts if any(char.isalnum() for char in text)][-KEPT:]
        if not texts or not self._known.tuned:
            return
        with self._lock:
            shelf = self._languages.setdefault(lang, _Language())
            vectors = self._known.encode(texts)
            if vectors is not None:
                shelf.heard = [*shelf.heard, *_kept(texts, vectors)][-KEPT:]
                shelf.fitted = shelf.rehearsed = None
                shelf.forget_scores()

    def forget(self) -> None:
        """Keep none of the messages that were asked, nor anything that was made from them."""
        with self._lock:
            for shelf in self._languages.values():
                shelf.heard = []
                shelf.forget_scores()

    def _score(self, fitted: _Fitted, texts: Sequence[str], vectors: Vectors | None) -> tuple[Scores, Ints, Asked]:
        """Scores of messages, the places of the best articles, and the messages as scored by the first of these."""
        shelf = fitted.measures.shelf
        grams = self._known.grams(texts)
        scores = shelf.ask(vectors, grams)
        order = np.argsort(-scores.sum, axis=1, kind="stable")[:, :MOST]
        figures = fitted.measures.features(scores, order[:, 0], _weights(texts))
        around = shelf.around(vectors) if vectors is not None else np.zeros((len(texts), 0), np.float32)
        logits = shipped().logit(figures)
        told = described(around, figures, logits, shelf, fitted.topics, scores, order[:, 0], grams, texts)
        return scores, order, told

    def _logits(self, fitted: _Fitted, scores: Scores, articles: Ints, texts: Sequence[str]) -> Vectors:
        """The log odds that the articles of a message's row are right, in their places."""
        each = articles.shape[1]
        rows = fitted.measures.features(scores.each(each), articles.ravel(), np.repeat(_weights(texts), each))
        return shipped().logit(rows).reshape(articles.shape)

    def _hear(self, shelf: _Language, fitted: _Fitted, messages: Sequence[_Heard], asked: Asked) -> None:
        """Keep messages; look at all that are kept anew when an eighth of them is new."""
        if not messages or not self._known.tuned:
            return
        shelf.heard = [*shelf.heard, *messages][-KEPT:]
        shelf.scored.append(asked)
        shelf.pending += len(messages)
        if len(shelf.heard) >= LEAST and (shelf.traffic is None or shelf.pending >= len(shelf.heard) // 8):
            self._look(shelf, fitted)

    def _look(self, shelf: _Language, fitted: _Fitted) -> None:
        if fitted.measures.shelf.phrasings is not None:
            window = together(shelf.scored)
            shelf.scored, shelf.pending = [window], 0
            shelf.traffic = Traffic(fitted.measures, fitted.rehearsal, window, shelf.shift)
            give_back()

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

    def outlook(self, lang: Lang) -> Outlook | None:
        """What may be expected of a language as its articles are asked now. None without articles."""
        with self._lock:
            shelf = self._languages.get(lang)
            if shelf is None or not shelf.phrasings:
                return None
            fitted = self._fit(shelf)
            coverage, precision = fitted.rehearsal.outlook(fitted.threshold)
            told = fitted.automatic and len(fitted.rehearsal.kept) > 0
        messages, threshold, answered = self.of_late(lang) or (0, fitted.threshold, None)
        return Outlook(
            lang=lang,
            articles=len(fitted.ids),
            threshold=threshold,
            coverage=coverage if told else None,
            precision=precision if told else None,
            messages=messages,
            answered=answered,
        )

    def of_late(self, lang: str) -> tuple[int, float, float] | None:
        """What the last messages of a language say: how many they are, the threshold that they give, and the share of
        them that would be answered by itself. None while they are too few."""
        with self._lock:
            shelf = self._languages.get(lang)
            if shelf is None or not shelf.phrasings:
                return None
            self._fit(shelf)
            if shelf.traffic is None:
                return None
            sure = shelf.shift.probability(shelf.traffic.own_logits())
            share = float((sure >= shelf.traffic.threshold).mean())
            return len(shelf.heard), shelf.traffic.threshold, share

    def owners(self, lang: str) -> list[int]:
        """Of each phrasing of a language, in their order, the place of its article."""
        with self._lock:
            held = self._languages[lang].phrasings.values() if lang in self._languages else ()
            return [place for place, own in enumerate(held) for _ in own]

    def _fit(self, shelf: _Language, *, whole: bool = False) -> _Fitted:
        """Lay the articles out for asking. A few changes in many leave measures and threshold as they were found."""
        if shelf.fitted is not None and not (whole and shelf.changes):
            return shelf.fitted
        ids = list(shelf.phrasings)
        texts = [text for id in ids for text in shelf.phrasings[id]]
        owner = np.repeat(np.arange(len(ids)), [len(shelf.phrasings[id]) for id in ids])
        laid, about = self._known.lay(texts, owner)
        verbatim = _verbatim(texts, owner)
        before = shelf.rehearsed
        if before is not None and shelf.changes <= len(ids) * CARRIED and not whole:
            fitted = _carried(before, shelf.scored, ids, laid, about, verbatim)
            shelf.rehearsed = fitted
        else:
            scores = laid.leave_out()
            measures = Measures(laid, scores)
            rehearsal = rehearse(measures, scores, _weights(texts), shipped(), shelf.shift)
            automatic = laid.phrasings is not None and len(texts) >= LEAST_PHRASINGS and len(ids) > 1
            threshold = rehearsal.threshold(shipped().threshold if self._known.tuned else CAREFUL)
            fitted = _Fitted(ids, measures, about, rehearsal, threshold, automatic, verbatim)
            shelf.rehearsed, shelf.changes = fitted, 0
            self._score_heard(shelf, fitted)
            del scores
            give_back()
        shelf.fitted = fitted
        return fitted

    def _score_heard(self, shelf: _Language, fitted: _Fitted) -> None:
        """Score the messages that are kept anew, and look at them."""
        shelf.forget_scores()
        if not shelf.heard or fitted.measures.shelf.phrasings is None:
            return
        for start in range(0, len(shelf.heard), AT_ONCE):
            some = shelf.heard[start : start + AT_ONCE]
            vectors = np.stack([each for _, each in some]).astype(np.float32)
            shelf.scored.append(self._score(fitted, [text for text, _ in some], vectors)[2])
        if len(shelf.heard) >= LEAST:
            self._look(shelf, fitted)


def _carried(
    before: _Fitted, scored: Sequence[Asked], ids: list[str], laid: Shelf, about: Topics, verbatim: dict[str, int]
) -> _Fitted:
    """Measures and threshold as they were, for a few other articles; `scored` messages follow theirs."""
    stood = {id: place for place, id in enumerate(before.ids)}
    places = np.array([stood.get(id, -1) for id in ids])
    now = np.full(len(before.ids), -1)
    now[places[places >= 0]] = np.flatnonzero(places >= 0)
    for asked in scored:
        asked.firsts = now[asked.firsts]
    measures = before.measures.carried(laid, places)
    return replace(before, ids=ids, measures=measures, topics=about, verbatim=verbatim)


def _kept(texts: Sequence[str], vectors: Vectors) -> list[_Heard]:
    return [(text, row.astype(np.float16)) for text, row in zip(texts, vectors, strict=True)]


def weight(text: str) -> float:
    """How much a text says, in letters of English: a character of Japanese says as much as two or three."""
    return len(text) * (2.2 if language.guess(text) == "ja" else 1.0)


def _weights(texts: Sequence[str]) -> Vectors:
    return np.array([weight(text) for text in texts], np.float32)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, language.fold(text[:600])))


def _verbatim(texts: Sequence[str], owner: Ints) -> dict[str, int]:
    found: dict[str, int] = {}
    for text, place in zip(texts, owner.tolist(), strict=True):
        letters = _letters(text)
        found[letters] = place if found.get(letters, place) == place else -1
    return found
