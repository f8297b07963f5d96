"""Who holds the phones of a demo."""

from __future__ import annotations

from channels.line.simulator.people import Person
from channels.line.simulator.simulator import Simulator

PEOPLE = (
    ("山田 花子", "ja", "器を集めています"),
    ("佐藤 健", "ja", None),
    ("Emily Chen", "en", "Tokyo / Taipei"),
)


def cast(simulator: Simulator) -> list[Person]:
    """Three people who have added the account, and a group of two of them; the same after every restart."""
    people = [
        simulator.person(name, language=language, status=status, friend=True, seed=f"demo {name}")
        for name, language, status in PEOPLE
    ]
    simulator.group("陶芸サークル", people[:2], seed="demo group")
    return people
