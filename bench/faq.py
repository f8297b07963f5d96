"""FAQ matching: coverage at precision and Recall@3 beside TF-IDF and BM25, time a message, memory, publish to answer.

Every method answers the same messages, one after the other, with a threshold that it finds without labels. The model's
figures for families that it was made from are optimistic: `--trees` asks one that `bench.faq_training --leave` made
without them, and `--families` only these.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from bench import faq_tasks
from bench.faq_tasks import Outcome, Task
from bench.measuring import Report, percentile, progress
from server.faq import trees
from server.faq.encoders import Encoder, UniversalEncoder, Vectors
from server.faq.engines import UNHURRIED, E5Encoder, EndpointEncoder
from server.faq.lexicon import Lexicon, Vocabulary, pieces
from server.faq.matching import Matcher

Found = list[tuple[bool, list[tuple[str, float]]]]
Row = np.ndarray[Any, np.dtype[Any]]
Likeness = Callable[[str], Row]
TICK = 0.01
"""In seconds: the system counts a process's time in such steps."""
VERBS = ("how can I", "where do I", "when will you", "is it possible to", "what happens if I", "why can't I")
NOUNS = tuple(
    word
    for line in (
        "order parcel refund card address size colour delivery payment invoice coupon point account password phone",
        "return gift repair shop shipping customs tax lamp chair shoe jacket bottle charger filter mug",
    )
    for word in line.split()
)


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--samples", type=Path, help="a folder with clinc.json and banking77.json")
    parser.add_argument("--families", default="", help="the names of those to ask, with commas; all by default")
    parser.add_argument("--trees", type=Path, help="trees in place of the shipped ones")
    parser.add_argument("--engine", choices=("use", "e5", "endpoint"), default="use", help="what makes the vectors")
    parser.add_argument("--url", default="", help="the endpoint, as https://api.example/v1; its key: FAQ_ENGINE_KEY")
    parser.add_argument("--model", default="", help="the endpoint's model")
    parser.add_argument("--messages", type=int, default=400, help="messages of each task")
    parser.add_argument("--sizes", default="1000", help="numbers of articles for time and memory, with commas")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("faq")
    if options.trees is not None:
        grown = trees.read(options.trees.read_text("utf-8"))
        trees.shipped = lambda: grown  # type: ignore[assignment]
    only = set(filter(None, options.families.split(",")))
    families = [one for one in (*faq_tasks.given(options.samples), *faq_tasks.own()) if not only or one.name in only]
    if options.samples is None:
        report.notes.append("Without --samples only the project's own shops are asked.")
    encoder = _encoder(options)
    report.facts["engine"] = encoder.name
    scores: dict[str, dict[str, list[float]]] = {}
    for family in families:
        for phrasings in (1, 5, 20) if len(family.phrasings) > 50 and not options.quick else (1, 3):
            for half in (False, True):
                task = faq_tasks.task(family, phrasings, half=half, most=60 if options.quick else options.messages)
                progress(task.name)
                for method, found in _answers(task, encoder).items():
                    _note(report, scores, task, method, faq_tasks.count(task.messages, found))
    for lang, held in scores.items():
        for name, values in held.items():
            report.facts[f"{lang} {name}"] = f"{np.mean(values):.3f}"
            if np.mean(values) > 0:
                report.add(f"{lang} {name}", float(np.mean(values)), "share")
        for other in ("TF-IDF", "BM25"):
            report.ratio(
                f"{lang} Recall@3 over {other}", f"{lang} madoguchi: Recall@3", f"{lang} {other}: Recall@3", ">= 1"
            )
    for size in (50,) if options.quick else [int(each) for each in options.sizes.split(",")]:
        _cost(report, size, 10 if options.quick else 200, options.engine)
    return report


def _note(report: Report, scores: dict[str, dict[str, list[float]]], task: Task, method: str, outcome: Outcome) -> None:
    held = scores.setdefault(task.lang, {})
    kept = outcome.coverage if outcome.precision >= faq_tasks.PRECISION else 0.0
    for name, value in (
        ("coverage where precision held", kept),
        ("best coverage at 0.95", outcome.bound),
        ("Recall@3", outcome.recall),
    ):
        held.setdefault(f"{method}: {name}", []).append(value)
    report.facts[f"{task.name} {method}"] = (
        f"coverage {outcome.coverage:.3f} precision {outcome.precision:.3f}"
        f" best {outcome.bound:.3f} recall@3 {outcome.recall:.3f}"
    )


def _encoder(options: argparse.Namespace) -> Encoder:
    if options.engine == "e5":
        return E5Encoder()
    if options.engine == "endpoint":
        key = os.environ.get("FAQ_ENGINE_KEY", "")
        return _Patient(options.url, options.model, key, allow=("127.0.0.1", "localhost"))
    return UniversalEncoder()


class _Patient(EndpointEncoder):
    """Waits for batches as the desk does in the background."""

    def encode(self, texts: Sequence[str], *, seconds: float = UNHURRIED) -> Vectors:
        return super().encode(texts, seconds=max(seconds, UNHURRIED) * (1 + len(texts) // 64))


def _answers(task: Task, encoder: Encoder) -> dict[str, Found]:
    matcher = Matcher(encoder)
    for id, phrasings in task.articles.items():
        matcher.put(id, task.lang, phrasings)
    matches = [matcher.match(text, task.lang, heard=True) for text, _ in task.messages]
    ours = [(m.decision == "answer", [(entry.id, entry.confidence) for entry in m.entries]) for m in matches]
    return {"madoguchi": ours, "TF-IDF": _lexical(task, bm25=False), "BM25": _lexical(task, bm25=True)}


def _lexical(task: Task, *, bm25: bool) -> Found:
    """A matcher by letters; answers above what 99 of 100 phrasings reach with other articles than their own."""
    ids = list(task.articles)
    texts = [text for own in task.articles.values() for text in own]
    owner = np.repeat(np.arange(len(ids)), [len(own) for own in task.articles.values()])
    likeness = _bm25(texts) if bm25 else _tfidf(texts)

    def best(text: str) -> Row:
        scores = np.full(len(ids), -1.0)
        np.maximum.at(scores, owner, likeness(text))
        return scores

    wrong = []
    for text, own in list(zip(texts, owner, strict=True))[:: max(1, len(texts) // 300)]:
        scores = best(text)
        scores[own] = -1.0
        wrong.append(float(scores.max()))
    threshold = percentile(wrong, 99)
    found: Found = []
    for text, _ in task.messages:
        scores = best(text)
        order = np.argsort(-scores, kind="stable")[:3]
        found.append((bool(scores[order[0]] > threshold), [(ids[place], float(scores[place])) for place in order]))
    return found


def _tfidf(texts: list[str]) -> Likeness:
    vocabulary = Vocabulary()
    learned = [vocabulary.learn(text) for text in texts]
    lexicon = Lexicon(len(vocabulary), learned)
    return lambda text: lexicon.likeness(vocabulary.read(text))


def _bm25(texts: list[str]) -> Likeness:
    """Okapi BM25 (k1 1.2, b 0.75) over the same n-grams."""
    counts = [Counter(pieces(text)) for text in texts]
    lengths = np.array([sum(each.values()) for each in counts], np.float64)
    postings: dict[str, list[tuple[int, int]]] = {}
    for place, each in enumerate(counts):
        for gram, often in each.items():
            postings.setdefault(gram, []).append((place, often))
    mean = lengths.mean()

    def likeness(text: str) -> Row:
        scores = np.zeros(len(texts))
        for gram in set(pieces(text)):
            held = postings.get(gram, ())
            rarity = np.log(1 + (len(texts) - len(held) + 0.5) / (len(held) + 0.5))
            for place, often in held:
                scores[place] += rarity * often * 2.2 / (often + 1.2 * (0.25 + 0.75 * lengths[place] / mean))
        return scores

    return likeness


# ------------------------------------------------------------------------------------------------ cost


def _cost(report: Report, articles: int, messages: int, engine: str) -> None:
    """A process of its own, by `faq match`: time a message, from an added article to its answer, and memory."""
    progress(f"{articles} articles")
    draw = random.Random(articles)
    command = [sys.executable, "-m", "server", "faq", "match", "--engine", "e5" if engine == "e5" else "use"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    ) as process:
        assert process.stdin is not None and process.stdout is not None

        def ask(text: str) -> tuple[float, str]:
            assert process.stdin is not None and process.stdout is not None
            begin = time.perf_counter()
            process.stdin.write(json.dumps({"op": "query", "id": "q", "text": text}) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
            return time.perf_counter() - begin, answer

        for number in range(articles):
            texts = [f"{draw.choice(VERBS)} {' '.join(draw.sample(NOUNS, 4))} {number}" for _ in range(5)]
            line = {"op": "add", "id": str(number), "question": texts[0], "alternatives": texts[1:], "lang": "en"}
            process.stdin.write(json.dumps(line) + "\n")
        first, _ = ask("where is my parcel")
        watched = psutil.Process(process.pid)
        before = watched.cpu_times()
        report.add(f"{articles} articles: loading and first answer, processor", before.user, "s")
        times = [ask(f"{draw.choice(VERBS)} {' '.join(draw.sample(NOUNS, 3))}")[0] for _ in range(messages)]
        after = watched.cpu_times()
        process.stdin.write(
            json.dumps({"op": "add", "id": "new", "question": "umbrellas for dogs and cats", "lang": "en"}) + "\n"
        )
        begun = watched.cpu_times().user
        added, answer = ask("do you have dog umbrellas")
        used = max(watched.cpu_times().user - begun, TICK)
        report.add(f"{articles} articles: added to answered, processor", used, "s")
        report.facts[f"found at {articles} articles"] = json.loads(answer)["entries"][0]["id"] == "new"
        memory = watched.memory_info().rss / 1e6
        process.stdin.close()
    name = f"{articles} articles"
    report.add(f"{name}: message, median", percentile(times, 50) * 1e3, "ms")
    report.add(f"{name}: message, processor", max(after.user - before.user, TICK) / messages * 1e3, "ms")
    report.add(f"{name}: loading and first answer", first, "s")
    report.add(f"{name}: added to answered", added, "s")
    report.add(f"{name}: memory of the process", memory, "MB")
    if articles == 1000:
        report.hold(f"{name}: message, processor", f"{name}: message, processor", "<= 10")
        report.hold(f"{name}: memory of the process", f"{name}: memory of the process", "<= 250")
