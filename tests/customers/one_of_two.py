"""One of two processes that merge customers at the same moment: `python -m tests.customers.one_of_two URL kept gone`.

It says `ready`, waits for a line, merges, and says `merged` or the name of what it was refused with.
"""

from __future__ import annotations

import sys

from server.agents.views import AgentView
from server.customers.identity import merging
from server.database import Database, open_engine
from server.errors import DeskError


def main(url: str, kept: int, gone: int) -> None:
    """Merge once, when told."""
    database = Database(open_engine(url))
    agent = AgentView(id=1, email="sato@desk.example", name="佐藤", role="admin")
    database.read_now(lambda tx: tx.value("SELECT 1"))
    print("ready", flush=True)  # noqa: T201
    sys.stdin.readline()
    try:
        database.write_now(merging.merge, agent, kept, gone)
        print("merged", flush=True)  # noqa: T201
    except DeskError as error:
        print(type(error).__name__, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
