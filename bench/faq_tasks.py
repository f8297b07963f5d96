"""Tasks for the FAQ's matcher: questions of a shop, what is asked of it, and how coverage at a precision is counted.

The project's own shops (`bench/faq_data/NAME_LANG.txt`: `#` an article, `+` its phrasings, `?` what customers ask, `!`
what no article answers; several on a line between bars) and, from a given folder, CLINC150 and BANKING77 as JSON.
"""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path

from server.faq.lexicon import pieces

OWN = Path(__file__).parent / "faq_data"
PRECISION = 0.95
SMALL = 70
"""With fewer articles, phrasings that none of them got are asked, too: a customer's words may be the shop's own."""
FEW = (1, 2, 3, 4, 5)
MANY = (1, 2, 3, 5, 8, 20)
COARSE = (2, 5, 8, 12, 20)
"""How many phrasings an article may have: of a small shop, of a large one, and of one with pairs of articles joined."""


@dataclass
class Family:
    """A shop: by article the phrasings and what is asked, and what nothing answers."""

    name: str
    lang: str
    phrasings: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)


@dataclass
class Task:
    """Some articles with so many phrasings, and messages with the article that is right (None: no one)."""

    name: str
    lang: str
    articles: dict[str, list[str]]
    messages: list[tuple[str, str | None]]


@dataclass
class Outcome:
    """Counted as shares of the answerable messages; `precision` of the automatic answers, 1 when there are none."""

    coverage: float
    precision: float
    bound: float
    recall: float


def own() -> list[Family]:
    """The project's shops, Japanese and English."""
    families = []
    for path in sorted(OWN.glob("*_*.txt")):
        name, lang = path.stem.rsplit("_", 1)
        family, article = Family(name, lang), ""
        for line in path.read_text("utf-8").splitlines():
            kind, words = line[:1], [part.strip() for part in line[2:].split(" | ")]
            if kind == "#":
                article = words[0]
            elif kind == "+":
                family.phrasings.setdefault(article, []).extend(words)
            elif kind == "?":
                family.asked.setdefault(article, []).extend(words)
            elif kind == "!":
                family.outside.extend(words)
        families.append(family)
    return families


def given(folder: Path | None) -> list[Family]:
    """The open English data in a folder, if it is there."""
    families = []
    for name, file in (("clinc", "clinc.json"), ("banking", "banking77.json")):
        if folder is not None and (folder / file).exists():
            told = json.loads((folder / file).read_text("utf-8"))
            intents = told["intents"]
            families.append(
                Family(
                    name,
                    "en",
                    {id: own["train"] for id, own in intents.items()},
                    {id: own["test"] for id, own in intents.items()},
                    told.get("oos", []),
                )
            )
    return families


def task(family: Family, phrasings: int, *, half: bool, most: int = 0) -> Task:
    """Every article, or half of them while the messages of all are asked."""
    ids = sorted(family.phrasings)
    inside = set(random.Random(7).sample(ids, len(ids) // 2)) if half else set(ids)
    draw = random.Random(phrasings)
    articles = {
        id: draw.sample(family.phrasings[id], min(phrasings, len(family.phrasings[id]))) for id in ids if id in inside
    }
    messages: list[tuple[str, str | None]] = [
        (text, id if id in inside else None) for id in ids for text in family.asked.get(id, ())
    ]
    if len(ids) < SMALL:
        messages += [
            (text, id if id in inside else None)
            for id in ids
            for text in family.phrasings[id]
            if text not in articles.get(id, ())
        ]
    messages += [(text, None) for text in family.outside]
    random.Random(3).shuffle(messages)
    return Task(
        f"{family.name}_{'half' if half else 'full'}@{phrasings}", family.lang, articles, messages[: most or None]
    )


def shops(family: Family) -> tuple[tuple[Family, Sequence[int]], ...]:
    """What shops are drawn from in turn, and how many phrasings an article may have there. A small family counts three
    times: as it is; with phrasings and questions thrown together, as if owner and customers spoke alike; and so with
    each article joined to the one most like it, which gives articles of many phrasings."""
    if len(family.phrasings) > SMALL:
        return ((family, MANY),)
    pooled = _pooled(family)
    return ((family, FEW), (pooled, FEW), (_joined(pooled), COARSE))


def drawn(family: Family, phrasings: Sequence[int], seed: int, strangers: Sequence[str] = (), most: int = 450) -> Task:
    """A shop like others: some of the articles, anyhow or alike; some phrasings each; topics that are missing; messages
    hard and easy (phrasings that no article got), from outside, and from other trades."""
    draw = random.Random(f"{family.name} {seed}")
    ids = sorted(family.phrasings)
    small = len(ids) < SMALL
    count = min(len(ids), draw.choice([12, 18, 24, 36] if small else [12, 20, 30, 45, 77, 150]))
    pool = _alike(family, draw, ids, count) if draw.random() < 0.5 else draw.sample(ids, count)
    each = draw.choice(phrasings)
    uneven = draw.random() < 0.3
    hard = draw.choice([0, 0.15, 0.4, 1]) if small else 1
    absent = set(draw.sample(pool, int(draw.choice([0, 0.15, 0.3, 0.5, 0.5, 0.65]) * count)))
    articles: dict[str, list[str]] = {}
    messages: list[tuple[str, str | None]] = []
    for id in pool:
        texts = draw.sample(family.phrasings[id], len(family.phrasings[id]))
        taken = max(1, draw.choice([each // 2, each, each * 2])) if uneven else each
        right = None if id in absent else id
        if right:
            articles[id] = texts[:taken]
        messages += [(text, right) for text in family.asked.get(id, ()) if draw.random() < hard]
        if small:
            messages += [(text, right) for text in texts[taken:]]
    draw.shuffle(messages)
    messages = messages[:most]
    outside = [*family.outside, *strangers]
    wanted = int(len(messages) * draw.choice([0, 0.05, 0.15, 0.3, 0.6]))
    messages += [(text, None) for text in draw.sample(outside, min(wanted, len(outside)))]
    draw.shuffle(messages)
    return Task(f"{family.name}#{seed}", family.lang, articles, messages)


def _pooled(family: Family) -> Family:
    phrasings = {id: [*texts, *family.asked.get(id, ())] for id, texts in family.phrasings.items()}
    return Family(f"{family.name} pooled", family.lang, phrasings, outside=family.outside)


def _joined(family: Family) -> Family:
    ids = sorted(family.phrasings)
    grams = {id: Counter(gram for text in family.phrasings[id] for gram in set(pieces(text))) for id in ids}
    spread = Counter(gram for own in grams.values() for gram in own)
    length = {id: math.sqrt(grams[id].total()) for id in ids}

    def shared(one: str, other: str) -> float:
        both = grams[one].keys() & grams[other].keys()
        weight = sum(min(grams[one][gram], grams[other][gram]) * math.log(len(ids) / spread[gram]) for gram in both)
        return weight / (length[one] * length[other])

    pairs = sorted(((shared(one, other), one, other) for one, other in combinations(ids, 2)), reverse=True)
    joined: dict[str, str] = {}
    for _, one, other in pairs:
        if one not in joined and other not in joined:
            joined |= {one: one, other: one}
    phrasings: dict[str, list[str]] = {}
    for id in ids:
        phrasings.setdefault(joined.get(id, id), []).extend(family.phrasings[id])
    return Family(f"{family.name} joined", family.lang, phrasings, outside=family.outside)


def _alike(family: Family, draw: random.Random, ids: list[str], count: int) -> list[str]:
    """Articles that share letters with one of them."""
    grams = {id: Counter(gram for text in family.phrasings[id][:20] for gram in set(pieces(text))) for id in ids}
    about = grams[draw.choice(ids)]

    def shared(id: str) -> float:
        return sum((grams[id] & about).values()) / (sum(grams[id].values()) or 1) + draw.gauss(0, 0.02)

    return sorted(ids, key=lambda id: -shared(id))[:count]


def count(messages: Sequence[tuple[str, str | None]], found: Sequence[tuple[bool, list[tuple[str, float]]]]) -> Outcome:
    """What came of the messages: for each whether it was answered, and up to three articles with their confidence."""
    answerable = sum(right is not None for _, right in messages) or 1
    rows = [(auto, entries, right) for (auto, entries), (_, right) in zip(found, messages, strict=True)]
    answered = [entries[0][0] == right for auto, entries, right in rows if auto and entries]
    ranked = sorted(((entries[0][1], entries[0][0] == right) for _, entries, right in rows if entries), reverse=True)
    good, best = 0, 0
    for place, (sure, right) in enumerate(ranked, 1):
        good += right
        if good / place >= PRECISION and (place == len(ranked) or ranked[place][0] < sure):
            best = max(best, good)
    recalled = sum(right is not None and any(id == right for id, _ in entries[:3]) for _, entries, right in rows)
    precision = sum(answered) / len(answered) if answered else 1.0
    return Outcome(sum(answered) / answerable, precision, best / answerable, recalled / answerable)
