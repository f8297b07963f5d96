"""What the FAQ's trees reach in shops that they have never seen: `python -m bench.faq_held_out SAMPLES [--folds 5]`.

The families are dealt into folds; for each fold trees are grown on the others, and asked the tasks of those left out.
All messages of a task count, each as if it were the newest of some 800. Takes half an hour.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench import faq_tasks
from bench.faq_tasks import PRECISION, SMALL, Family, Task
from bench.faq_training import SHOPS, Asker, drawn, trees_of
from server.faq.confidence import Shift
from server.faq.encoders import Vectors
from server.faq.traffic import AIM, KEPT, lowest
from server.faq.trees import Trees

FOLDS = 5
AIMS = (AIM - 0.01, AIM, AIM + 0.01, AIM + 0.02)


class Part(NamedTuple):
    """Some messages of a task: what trees ask of each, whether the first article is right, and how many have one."""

    rows: Vectors
    right: Vectors
    answerable: int


class Reached(NamedTuple):
    """Of the answerable messages the share that was answered rightly; the precision, 1 where nothing was answered."""

    coverage: float
    precision: float
    answered: int


def main() -> int:
    """Measure and print, a line a task and a block a group."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("samples", type=Path, help="a folder with clinc.json and banking77.json")
    parser.add_argument("--folds", type=int, default=FOLDS)
    parser.add_argument("--shops", type=int, default=SHOPS, help="shops drawn from each family")
    options = parser.parse_args()
    families = [*faq_tasks.given(options.samples), *faq_tasks.own()]
    asker = Asker()
    parts = [drawn(family, families, asker, options.shops) for family in families]
    groups: dict[str, list[list[Reached]]] = {}
    for fold in range(options.folds):
        grown = trees_of([part for place, part in enumerate(parts) if place % options.folds != fold])
        for family in families[fold :: options.folds]:
            for group, task in tasks(family):
                asked = [_asked(asker, part) for part in split(task)]
                reached = [reach(asked, grown, aim) for aim in AIMS]
                groups.setdefault(group, []).append(reached)
                told = "   ".join(f"{one.coverage:.3f}/{one.precision:.3f}" for one in reached)
                print(f"{task.name:32} {told}", flush=True)
    for group, found in sorted(groups.items()):
        print(f"{group}: {len(found)} tasks")
        for aim, of_all in zip(AIMS, zip(*found, strict=True), strict=True):
            print(f"   aim {aim:.2f}   {_told(of_all)}")
    return 0


def tasks(family: Family) -> Iterator[tuple[str, Task]]:
    """Tasks of a family with the group in which they are counted."""
    large = len(family.phrasings) > SMALL
    for half in (False, True):
        for phrasings in (1, 5, 20) if large else (5,):
            group = "open" if large else f"{family.lang}, customers' own words, 5"
            yield group, faq_tasks.task(family, phrasings, half=half)
        if not large:
            _, (pooled, _), _ = faq_tasks.shops(family)
            for phrasings in (1, 5):
                yield f"{family.lang}, thrown together, {phrasings}", faq_tasks.task(pooled, phrasings, half=half)


def split(task: Task) -> list[Task]:
    """The messages in parts of about as many as are kept."""
    count = max(1, round(len(task.messages) / KEPT))
    bounds = [place * len(task.messages) // count for place in range(count + 1)]
    return [Task(task.name, task.lang, task.articles, task.messages[begin:end]) for begin, end in pairwise(bounds)]


def reach(parts: Sequence[Part], grown: Trees, aim: float) -> Reached:
    """What comes of the messages when the mean confidence of what is answered is to be `aim`."""
    right = answered = 0.0
    for part in parts:
        sure = Shift().probability(grown.logit(part.rows))
        auto = sure >= lowest(sure, aim)
        answered += float(auto.sum())
        right += float(part.right[auto].sum())
    answerable = sum(part.answerable for part in parts)
    return Reached(right / max(answerable, 1), right / answered if answered else 1.0, int(answered))


def _asked(asker: Asker, task: Task) -> Part:
    _, right, traffic = asker.ask(task)
    rows = traffic.rows()
    return Part(rows, right[-len(rows) :], sum(wanted is not None for _, wanted in task.messages[-KEPT:]))


def _told(reached: Sequence[Reached]) -> str:
    good = [one.precision >= PRECISION for one in reached]
    coverage = np.mean([one.coverage for one in reached])
    counted = np.mean([one.coverage * fine for one, fine in zip(reached, good, strict=True)])
    answered = sum(one.answered for one in reached)
    pooled = sum(one.precision * one.answered for one in reached) / max(answered, 1)
    low = sum(one.precision < 0.9 for one in reached)
    return (
        f"coverage {coverage:.3f}, counted {counted:.3f}, precision of all {pooled:.3f},"
        f" at {PRECISION} {sum(good)}, below 0.90 {low}"
    )


if __name__ == "__main__":
    sys.exit(main())
