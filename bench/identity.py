"""Who is who: precision and recall on labelled people, pairs scored a second, suggestions and exact matches at scale.

The labelled people are `bench.pairs`: every entry of the same person is a pair that should be found; everybody else
who shares a key with them (a family, a namesake, a colleague) should not. A desk of `--customers` entries is filled,
and for a sample of them the desk's own suggestions are asked. The floor of an exact match is the bare lookup of the
same contact in the same file.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, islice
from typing import Any

from bench import desks
from bench.measuring import Report, percentile, progress, seconds
from bench.pairs import HARD, Entry, Population
from channels.contract import Party
from server import customers
from server.customers import keys
from server.customers.identity import scoring, suggestions
from server.database import Database, Engine
from server.database.types import now

AIM_PRECISION, AIM_RECALL, AIM_MATCH = ">= 0.95", ">= 0.9", "<= 5"
CHUNK = 10_000
TUNED = (5, 7)
"""The seeds of the people on whom the weights were set: what is measured on them says nothing of others."""


def options(parser: argparse.ArgumentParser) -> None:
    """What can be set."""
    parser.add_argument("--customers", type=int, default=20_000, help="entries in the desk; 1000000 for the full size")
    parser.add_argument("--sample", type=int, default=2000, help="customers of whom suggestions are asked")
    parser.add_argument("--seed", type=int, default=20_261_122, help=f"of the people; others than {TUNED}")


def run(options: argparse.Namespace) -> Report:
    """Measure."""
    report = Report("identity")
    many, sample = (600, 60) if options.quick else (options.customers, options.sample)
    population = Population(options.seed)
    entries = list(islice(_entries(population), many))
    _score_pairs(report, entries[: min(len(entries), 20_000)], options.repeat)
    _hard(report)
    engine = desks.fresh(options.place, "identity")
    try:
        report.add("filling", seconds(lambda: _fill(engine, entries)), "s")
        _suggestions(report, engine, entries, sample)
        for _ in range(options.repeat):
            _matches(report, engine, entries)
    finally:
        desks.drop(engine)
    report.ratio("exact match over a bare lookup", "exact match, p95", "bare lookup, p95")
    report.hold("precision of the suggestions", "suggestions: precision", AIM_PRECISION)
    report.hold("recall of the suggestions", "suggestions: recall", AIM_RECALL)
    report.hold("exact match, p95 in ms", "exact match, p95", AIM_MATCH)
    return report


def _entries(population: Population) -> Iterator[Entry]:
    for human in population.humans(10**9):
        yield from population.entries(human)


def _features(entry: Entry) -> scoring.Features:
    return scoring.features(entry.person, sex=entry.sex)


def _score_pairs(report: Report, entries: list[Entry], repeat: int) -> None:
    """Every pair that shares a key, scored; of those the precision, and the recall over all pairs of one person."""
    blocks: dict[str, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        for key in suggestions.blocking(entry.person):
            blocks[key].append(place)
    pairs = {
        pair for block in blocks.values() if len(block) <= suggestions.LARGEST_BLOCK for pair in combinations(block, 2)
    }
    ready = [_features(entry) for entry in entries]
    same: dict[int, list[int]] = defaultdict(list)
    for place, entry in enumerate(entries):
        same[entry.human].append(place)
    truth = {pair for places in same.values() for pair in combinations(places, 2)}
    found = {pair for pair in pairs if scoring.score(ready[pair[0]], ready[pair[1]]).value >= scoring.THRESHOLD}
    report.add("labelled pairs: precision", len(found & truth) / max(len(found), 1), "share")
    report.add("labelled pairs: recall", len(found & truth) / max(len(truth), 1), "share")
    chosen = list(pairs)[:100_000]
    for _ in range(repeat):
        took = seconds(lambda: [scoring.score(ready[a], ready[b]) for a, b in chosen])
        report.add("pairs scored", len(chosen) / took, "1/s")
    report.facts["labelled pairs"] = f"{len(pairs):,} share a key, {len(truth):,} are one person"


def _hard(report: Report) -> None:
    """The pairs by hand; those that are judged wrongly are named."""
    wrong = [
        words
        for words, same, one, other in HARD
        if (scoring.score(scoring.features(one), scoring.features(other)).value >= scoring.THRESHOLD) != same
    ]
    report.add("hard cases judged rightly", 1 - len(wrong) / len(HARD), "share")
    report.facts["hard cases judged wrongly"] = ", ".join(wrong) or "none"


def _fill(engine: Engine, entries: list[Entry]) -> None:
    """The entries as customers, with the desk's own keys."""
    connection = sqlite3.connect(engine.path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    columns = {name: kind for _, name, kind, *_ in connection.execute("PRAGMA table_info(customer)")}
    blank: dict[str, Any] = dict.fromkeys(columns, "")
    blank |= {name: "[]" for name in ("tags", "kept")} | {"attributes": "{}", "merged_into": None, "language": None}
    blank |= dict.fromkeys(("blocked", "vip", "opted_out"), 0) | {"version": 1}
    at = now()
    blank |= {"created_at": at, "updated_at": at}
    taken: set[tuple[str, str]] = set()
    for first in range(0, len(entries), CHUNK):
        connection.execute("BEGIN")
        people, contacts, addresses, words = [], [], [], []
        for number, entry in enumerate(entries[first : first + CHUNK], first + 1):
            person = entry.person
            known = {name: getattr(person, name) for name in ("name", "kana", "given_name", "company", "birthday")}
            family = person.name.split()[0] if person.given_name else ""
            people.append({**blank, **known, "id": number, "sex": entry.sex, "family_name": family})
            for kind, address in (*(("email", e) for e in person.emails), *(("phone", p) for p in person.phones)):
                # Whose address is taken says so all the same, without proof.
                kept = kind if (kind, address) not in taken else f"{kind}-unverified"
                if (kept, address) not in taken:
                    taken.add((kept, address))
                    contacts.append((number, kept, address, at, at))
            addresses += [(number, code, street) for code, street in person.addresses]
            words += [(number, key) for key in sorted(keys.of(person))]
        names = ", ".join(blank)
        connection.executemany(
            f"INSERT INTO customer ({names}) VALUES ({', '.join(f':{name}' for name in blank)})", people
        )
        connection.executemany(
            "INSERT INTO contact (customer_id, kind, address, name, verified_by, relay, reachable, unreachable_because,"
            " status_message, picture_type, created_at, seen_at)"
            " VALUES (?, ?, ?, '', 'channel', 0, 1, '', '', '', ?, ?)",
            contacts,
        )
        connection.executemany(
            "INSERT INTO customer_address (customer_id, kind, name, postal_code, country, region, city, street, phone)"
            " VALUES (?, 'home', '', ?, 'JP', '', '', ?, '')",
            addresses,
        )
        connection.executemany("INSERT INTO customer_key (customer_id, key) VALUES (?, ?)", words)
        connection.execute("COMMIT")
        progress(f"wrote {first + len(people):,} customers")
    connection.execute("ANALYZE")
    connection.close()


def _suggestions(report: Report, engine: Engine, entries: list[Entry], sample: int) -> None:
    database = Database(engine)
    same: dict[int, set[int]] = defaultdict(set)
    for number, entry in enumerate(entries, 1):
        same[entry.human].add(number)
    asked = random.Random(3).sample(range(1, len(entries) + 1), min(sample, len(entries)))
    rightly = wrongly = wanted = 0
    times: list[float] = []
    for number in asked:
        truth = same[entries[number - 1].human] - {number}
        found: set[int] = set()
        times.append(seconds(lambda number=number, found=found: found.update(  # type: ignore[misc]
            each.id for each in database.read_now(suggestions.suggest, number, limit=20)
        )) * 1000)  # fmt: skip
        rightly += len(found & truth)
        wrongly += len(found - truth)
        wanted += len(truth)
    report.add("suggestions: precision", rightly / max(rightly + wrongly, 1), "share")
    report.add("suggestions: recall", rightly / max(wanted, 1), "share")
    report.add("suggestions, median", percentile(times, 50), "ms")
    report.add("suggestions, p95", percentile(times, 95), "ms")


def _matches(report: Report, engine: Engine, entries: list[Entry]) -> None:
    """Who wrote, by a verified address: the path that every message takes."""
    addresses = [entry.person.emails[0] for entry in entries if entry.person.emails]
    chosen = random.Random(5).sample(addresses, min(500, len(addresses)))
    database = Database(engine)
    bare = desks.attach(engine.path)
    found = "SELECT id, customer_id FROM contact WHERE kind = 'email' AND address = ?"
    floor = [seconds(lambda each=each: bare.execute(found, (each,)).fetchone()) * 1000 for each in chosen]  # type: ignore[misc]
    bare.close()

    def ask(tx: Any) -> list[float]:
        return [
            seconds(lambda each=each: customers.identify(tx, Party("email", each))) * 1000  # type: ignore[misc]
            for each in chosen
        ]

    times = database.write_now(ask)
    report.add("bare lookup, p95", percentile(floor, 95), "ms")
    report.add("exact match, p95", percentile(times, 95), "ms")
