"""Figures: repetitions interleaved, medians and percentiles taken, ratios formed, and all of it shown."""

from __future__ import annotations

import argparse
import os
import platform
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass
class Figure:
    """One figure: the median of its runs."""

    runs: list[float]
    unit: str

    @property
    def value(self) -> float:
        return statistics.median(self.runs)


@dataclass
class Ratio:
    """One figure over another, run by run, and the goal it is held against (`">= 0.35"`)."""

    value: float
    goal: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the goal is reached; None without one."""
        if not self.goal:
            return None
        sign, _, limit = self.goal.partition(" ")
        return self.value >= float(limit) if sign == ">=" else self.value <= float(limit)


@dataclass
class Report:
    """What a benchmark found."""

    name: str
    figures: dict[str, Figure] = field(default_factory=dict)
    ratios: dict[str, Ratio] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, values: Sequence[float] | float, unit: str) -> None:
        """A figure, by its runs."""
        self.figures.setdefault(name, Figure([], unit)).runs.extend([values] if isinstance(values, float) else values)

    def ratio(self, name: str, over: str, under: str, goal: str = "") -> None:
        """The median of the runs' ratios; left out when one of the figures was not measured."""
        if over in self.figures and under in self.figures:
            pairs = zip(self.figures[over].runs, self.figures[under].runs, strict=False)
            self.ratios[name] = Ratio(statistics.median(a / b for a, b in pairs), goal)

    def hold(self, name: str, figure: str, goal: str) -> None:
        """A figure that is held against a goal by itself."""
        self.ratios[name] = Ratio(self.figures[figure].value, goal)

    def as_json(self, options: argparse.Namespace) -> dict[str, Any]:
        """One object for programs."""
        return {
            "benchmark": self.name,
            "machine": machine(),
            "options": {name: _plain(value) for name, value in vars(options).items()},
            "figures": {
                name: {"value": _short(figure.value), "unit": figure.unit, "runs": [_short(run) for run in figure.runs]}
                for name, figure in self.figures.items()
            },
            "ratios": {
                name: {"value": _short(ratio.value), "goal": ratio.goal, "met": ratio.met}
                for name, ratio in self.ratios.items()
            },
            "facts": self.facts,
            "notes": self.notes,
        }


def interleaved(times: int, measures: dict[str, Callable[[], None]]) -> None:
    """Run each measure as often, turn by turn, each turn in another order: drift of the machine hits all alike."""
    order = list(measures.values())
    shuffle = random.Random(1).shuffle
    for _ in range(times):
        for measure in order:
            measure()
        shuffle(order)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def machine() -> dict[str, Any]:
    """Where the figures were taken."""
    return {
        "cpus": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "load": os.getloadavg()[0],
    }


def progress(text: str) -> None:
    """What is being done, for who waits; never on standard output."""
    if sys.stderr.isatty() or os.environ.get("MADOGUCHI_BENCH_TALK"):
        print(text, file=sys.stderr, flush=True)


def show(report: Report) -> None:
    """The figures as tables, for people."""
    console = Console()
    table = Table(title=f"bench {report.name}", title_justify="left")
    for title in ("figure", "median", "unit", "runs"):
        table.add_column(title, justify="right" if title in ("median", "runs") else "left")
    for name, figure in report.figures.items():
        runs = " ".join(_number(run) for run in figure.runs)
        table.add_row(name, _number(figure.value), figure.unit, runs)
    console.print(table)
    ratios = Table(title_justify="left")
    for title in ("ratio", "value", "goal"):
        ratios.add_column(title, justify="right" if title == "value" else "left")
    for name, ratio in report.ratios.items():
        mark = {True: "[green]met[/]", False: "[red]missed[/]", None: ""}[ratio.met]
        ratios.add_row(name, f"{ratio.value:.2f}", f"{ratio.goal} {mark}".strip())
    if report.ratios:
        console.print(ratios)
    for name, fact in report.facts.items():
        console.print(f"{name}: {fact}", highlight=False, markup=False)
    for note in report.notes:
        console.print(f"Note: {note}", highlight=False, markup=False)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str | bool | None) else str(value)
