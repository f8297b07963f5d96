"""Makes `server/faq/confidence.json` anew: `python -m bench.faq_training SAMPLES [--leave FAMILY] [--out FILE]`.

Many shops are drawn from every family of data, each message's figures are taken by the product's own code, and one
logistic model is fitted, each shop counting alike. `--leave` keeps a family out, to see what holds for a shop that the
model has never seen.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

from bench import faq_tasks
from bench.measuring import progress
from server.faq.encoders import UniversalEncoder, Vectors
from server.faq.features import NAMES, Measures
from server.faq.lexicon import Vocabulary
from server.faq.matching import weight
from server.faq.scoring import Shelf

SHOPS = 24
STIFFNESS = 20.0
THRESHOLD = 0.94
"""The confidence above which, with the model of the other families, most shops keep a precision of 0.95."""
OF_THE_SHOP = ("articles", "phrasings", "own found")
"""Figures that are one for a whole shop: with so few families they would be learned by heart."""


def main() -> int:
    """Fit and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path, help="a folder with clinc.json and banking77.json")
    parser.add_argument("--leave", default="", help="a family to keep out")
    parser.add_argument("--out", type=Path, default=Path("server/faq/confidence.json"))
    options = parser.parse_args()
    known: dict[str, Vectors] = {}
    encoder = UniversalEncoder()
    rows: list[Vectors] = []
    right: list[Vectors] = []
    shares: list[Vectors] = []
    for family in [*faq_tasks.given(options.samples), *faq_tasks.own()]:
        if family.name == options.leave:
            continue
        progress(f"drawing shops from {family.name}")
        for seed in range(SHOPS):
            features, hits = _figures(faq_tasks.drawn(family, seed), encoder, known)
            rows.append(features)
            right.append(hits)
            shares.append(np.full(len(hits), 1 / len(hits), np.float32))
    weights, bias = _fit(np.concatenate(rows), np.concatenate(right), np.concatenate(shares))
    made = {
        "threshold": THRESHOLD,
        "bias": round(bias, 5),
        "weights": {name: round(float(each), 5) for name, each in zip(NAMES, weights, strict=True) if each},
    }
    options.out.write_text(json.dumps(made, indent=1) + "\n", "utf-8")
    return 0


def _figures(task: faq_tasks.Task, encoder: UniversalEncoder, known: dict[str, Vectors]) -> tuple[Vectors, Vectors]:
    phrasings = [text for own in task.articles.values() for text in own]
    owner = np.repeat(np.arange(len(task.articles)), [len(own) for own in task.articles.values()])
    asked = [text for text, _ in task.messages]
    new = [text for text in dict.fromkeys([*phrasings, *asked]) if text not in known]
    encoded = encoder.encode(new)
    assert encoded is not None
    known.update(zip(new, encoded, strict=True))
    vocabulary = Vocabulary()
    grams = [vocabulary.learn(text) for text in phrasings]
    shelf = Shelf(np.stack([known[text] for text in phrasings]), grams, owner, len(vocabulary))
    measures = Measures(shelf, shelf.leave_out())
    scores = shelf.ask(np.stack([known[text] for text in asked]), [vocabulary.read(text) for text in asked])
    first = scores.sum.argmax(1)
    ids = list(task.articles)
    hits = np.array([ids[place] == wanted for place, (_, wanted) in zip(first, task.messages, strict=True)], np.float32)
    return measures.features(scores, first, np.array([weight(text) for text in asked], np.float32)), hits


def _fit(rows: Vectors, right: Vectors, share: Vectors) -> tuple[Vectors, float]:
    """Logistic regression by Newton's method, with a ridge on standardised figures."""
    kept = np.array([name not in OF_THE_SHOP and not name.endswith("gap") for name in NAMES])
    middle, spread = rows.mean(0), rows.std(0) + 1e-6
    design = np.where(kept, (rows - middle) / spread, 0).astype(np.float64)
    design = np.concatenate([design, np.ones((len(design), 1))], 1)
    weight_of = (share / share.mean()).astype(np.float64)
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
