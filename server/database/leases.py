"""Work that one of several processes does for all of them: who holds it, and until when.

The holder says so again well before its time is over; when it dies, another takes over after that. Two may be at work
for a moment all the same, where a machine stood still: what is done under a lease must bear being done twice.
"""

from __future__ import annotations

from datetime import timedelta

from server.database.transaction import Transaction


def take(tx: Transaction, name: str, holder: str, length: timedelta) -> bool:
    """Hold the lease, or hold it longer; whether it is `holder`'s now."""
    taken = tx.run(
        "INSERT INTO lease (name, holder, until) VALUES (:name, :holder, :until) ON CONFLICT (name) DO UPDATE"
        " SET holder = excluded.holder, until = excluded.until WHERE lease.holder = :holder OR lease.until < :now",
        name=name,
        holder=holder,
        until=tx.now + length,
        now=tx.now,
    )
    return taken > 0


def release(tx: Transaction, name: str, holder: str) -> None:
    """Let somebody else have it at once."""
    tx.run("DELETE FROM lease WHERE name = :name AND holder = :holder", name=name, holder=holder)
