"""Makes `server/faq/trees.json` anew, or with `--first` the `confidence.json` that it stands on:
`python -m bench.faq_training SAMPLES [--leave FAMILY,FAMILY] [--first] [--out FILE]`.

Many shops are drawn from every family of data and each message's figures are taken by the product's own code, each shop
counting alike but for the hard ones. The first model is logistic and knows the articles alone; the trees know the other
messages, too. `--leave` keeps families out; `bench.faq_held_out` does so in turn, to see what holds for a shop that the
trees have never seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench import faq_tasks
from bench.faq_trees import Growth, grow
from bench.measuring import progress
from server.faq.confidence import Shift, rehearse, shipped
from server.faq.encoders import UniversalEncoder, Vectors
from server.faq.features import NAMES, Measures
from server.faq.lexicon import Vocabulary
from server.faq.matching import weight
from server.faq.scoring import Shelf
from server.faq.topics import Topics, topics
from server.faq.traffic import COLUMNS, KEPT, Asked, Traffic, described
from server.faq.trees import Trees

SHOPS = 84
LARGE = 100
"""Shops drawn from a family of more than `SMALL` articles."""
NEAR_ONES = ("assistant", "banking", "card", "city", "clinc", "fashion", "gym", "helpdesk", "hotel", "mobile", "retail")
"""Families whose customers' words are near the articles', as most real ones are."""
HARD = 0.4
"""What a shop of the others counts, in these: there, words share next to nothing."""
FEWEST = 25
"""Messages that a shop has at least."""
STIFFNESS = 20.0
THRESHOLD = 0.94
"""The confidence above which, with the model of the other families, most shops keep a precision of 0.95."""
OF_THE_SHOP = ("articles", "phrasings", "own found")
"""Figures that are one for a whole shop: with so few families the logistic model would learn them by heart."""
NOT_ASKED = ("articles", "sum away", "sum lead", "sum lead over two", "near gap", "topics unknown")
"""What the trees do not ask: the size of a shop, and what made them no better in other families."""


class Drawn(NamedTuple):
    """Messages of shops drawn from one family: a row of figures each, whether the first article was right, and what it
    counts."""

    rows: Vectors
    right: Vectors
    share: Vectors


def main() -> int:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path, help="a folder with clinc.json and banking77.json")
    parser.add_argument("--leave", default="", help="families to keep out, with commas")
    parser.add_argument("--first", action="store_true", help="the logistic model in place of the trees")
    parser.add_argument("--shops", type=int, default=SHOPS, help="shops drawn from each family")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    out = options.out or Path("server/faq") / ("confidence.json" if options.first else "trees.json")
    families = [*faq_tasks.given(options.samples), *faq_tasks.own()]
    families = [family for family in families if family.name not in options.leave.split(",")]
    asker = Asker()
    parts = [drawn(family, families, asker, options.shops, first=options.first) for family in families]
    out.write_text(logistic(parts) if options.first else written(trees_of(parts)), "utf-8")
    return 0


def drawn(
    family: faq_tasks.Family, families: Sequence[faq_tasks.Family], asker: Asker, shops: int, *, first: bool = False
) -> Drawn:
    """Draw so many shops; strangers among the messages are of the other families. `first`: figures of the articles
    alone."""
    progress(f"drawing shops from {family.name}")
    others = [
        text
        for other in families
        if other.lang == family.lang and other.name != family.name
        for asked in other.asked.values()
        for text in asked[:1]
    ]
    kinds = faq_tasks.shops(family)
    parts: list[Drawn] = []
    for seed in range(shops if len(kinds) > 1 else LARGE):
        kind, phrasings = kinds[seed % len(kinds)]
        task = faq_tasks.drawn(kind, phrasings, seed, others)
        if len(task.messages) < FEWEST:
            continue
        asked, hits, traffic = asker.ask(task)
        rows = asked.figures if first else traffic.rows()
        weighs = 1.0 if family.name in NEAR_ONES else HARD
        parts.append(Drawn(rows, hits[-len(rows) :], np.full(len(rows), weighs / len(rows), np.float32)))
    return together(parts)


def together(parts: Sequence[Drawn]) -> Drawn:
    """All of them."""
    return Drawn(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def logistic(parts: Sequence[Drawn]) -> str:
    """The first model, as its file."""
    rows, right, share = together(parts)
    weights, bias = _fit(rows, right, share / share.mean())
    made = {
        "threshold": THRESHOLD,
        "bias": round(bias, 5),
        "weights": {name: round(float(each), 5) for name, each in zip(NAMES, weights, strict=True) if each},
    }
    return json.dumps(made, indent=1) + "\n"


def trees_of(parts: Sequence[Drawn]) -> Trees:
    """Trees grown on all of these."""
    rows, right, share = together(parts)
    progress(f"growing trees on {len(rows)} messages")
    return grow(COLUMNS, rows, right, share / share.mean(), Growth(), NOT_ASKED)


def written(grown: Trees) -> str:
    """Trees as their file."""
    made = {
        "names": grown.names,
        "bias": round(grown.bias, 5),
        "asked": grown.asked.tolist(),
        "bounds": [[float(f"{bound:.5g}") for bound in tree] for tree in grown.bounds],
        "leaves": [[round(float(value), 4) for value in tree] for tree in grown.leaves],
    }
    return json.dumps(made, separators=(",", ":")) + "\n"


class Asker:
    """Lays shops out and asks their messages, by the product's own code; knows each text's vector once made."""

    def __init__(self) -> None:
        self._encoder = UniversalEncoder()
        self._known: dict[str, npt.NDArray[np.float16]] = {}

    def ask(self, task: faq_tasks.Task) -> tuple[Asked, Vectors, Traffic]:
        """The last messages as they are scored, whether the first article is right, and what they say of each other."""
        phrasings = [text for own in task.articles.values() for text in own]
        owner = np.repeat(np.arange(len(task.articles)), [len(own) for own in task.articles.values()])
        messages = task.messages[-KEPT:]
        texts = [text for text, _ in messages]
        vocabulary, subjects = Vocabulary(), Vocabulary(topics)
        learned = [vocabulary.learn(text) for text in phrasings]
        shelf = Shelf(self._vectors(phrasings), learned, owner, len(vocabulary))
        left = shelf.leave_out()
        measures = Measures(shelf, left)
        lengths = np.array([weight(text) for text in phrasings], np.float32)
        rehearsal = rehearse(measures, left, lengths, shipped(), Shift())
        vectors, grams = self._vectors(texts), [vocabulary.read(text) for text in texts]
        scores = shelf.ask(vectors, grams)
        first = scores.sum.argmax(1)
        figures = measures.features(scores, first, np.array([weight(text) for text in texts], np.float32))
        about = Topics([subjects.learn(text)[0] for text in phrasings], owner, subjects)
        logits = shipped().logit(figures)
        asked = described(shelf.around(vectors), figures, logits, shelf, about, scores, first, grams, texts)
        ids = list(task.articles)
        hits = [ids[place] == right for place, (_, right) in zip(first, messages, strict=True)]
        return asked, np.array(hits, np.float32), Traffic(measures, rehearsal, asked, Shift())

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        """With as many bits as the matcher keeps."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            encoded = self._encoder.encode(new)
            assert encoded is not None
            self._known.update(zip(new, encoded.astype(np.float16), strict=True))
        return np.stack([self._known[text] for text in texts]).astype(np.float32)


def _fit(rows: Vectors, right: Vectors, share: Vectors) -> tuple[Vectors, float]:
    """Logistic regression by Newton's method, with a ridge on standardised figures."""
    kept = np.array([name not in OF_THE_SHOP and not name.endswith("gap") for name in NAMES])
    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    design = np.where(kept, (rows - middle) / spread, 0).astype(np.float64)
    design = np.concatenate([design, np.ones((len(design), 1))], 1)
    weight_of = share.astype(np.float64)
    ridge = np.full(design.shape[1], STIFFNESS)
    ridge[-1] = 1e-6
    now = np.zeros(design.shape[1])
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(design @ now, -30, 30)))
        slope = design.T @ (weight_of * (right - p)) - ridge * now
        curve = (design * (weight_of * p * (1 - p))[:, None]).T @ design + np.diag(ridge)
        now += np.linalg.solve(curve, slope)
    weights = np.where(kept, now[:-1] / spread, 0)
    return weights.astype(np.float32), float(now[-1] - (weights * middle).sum())


if __name__ == "__main__":
    sys.exit(main())
