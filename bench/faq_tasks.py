"""Tasks for the FAQ's matcher: questions of a shop, what is asked of it, and how coverage at a precision is counted.

The project's own shops (`bench/faq_data/NAME_LANG.txt`: `#` an article, `+` its phrasings, `?` what customers ask, `!`
what no article answers; several on a line between bars) and, from a given folder, CLINC150 and BANKING77 as JSON.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

OWN = Path(__file__).parent / "faq_data"
PRECISION = 0.95


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
        (text, id if id in inside else None) for id in ids for text in family.asked[id]
    ]
    messages += [(text, None) for text in family.outside]
    random.Random(3).shuffle(messages)
    return Task(
        f"{family.name}_{'half' if half else 'full'}@{phrasings}", family.lang, articles, messages[: most or None]
    )


def drawn(family: Family, seed: int, most: int = 1500) -> Task:
    """A shop like others: some of the articles, some phrasings each, topics that are missing, messages from outside."""
    draw = random.Random(seed)
    ids = sorted(family.phrasings)
    pool = draw.sample(ids, min(draw.choice([15, 25, 40, 60, len(ids)]), len(ids)))
    count = draw.choice([1, 2, 3, 5, 8, 20])
    absent = set(draw.sample(pool, int(draw.choice([0, 0.2, 0.35, 0.5]) * len(pool))))
    articles = {
        id: draw.sample(family.phrasings[id], max(1, min(count, len(family.phrasings[id]))))
        for id in pool
        if id not in absent
    }
    messages: list[tuple[str, str | None]] = [
        (text, None if id in absent else id) for id in pool for text in family.asked[id]
    ]
    strangers = int(len(messages) * draw.choice([0, 0.1, 0.3]))
    messages += [(text, None) for text in draw.sample(family.outside, min(strangers, len(family.outside)))]
    draw.shuffle(messages)
    return Task(f"{family.name}#{seed}", family.lang, articles, messages[:most])


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
