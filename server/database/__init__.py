"""The desk's database: units of work in one thread, group commit, reading beside it, and the change feed.

    result = await database.write(tickets.reply, agent, number, text, seen=seen)
    view = await database.read(tickets.thread, number)

A unit is a plain synchronous function whose first argument is the transaction. It never commits.
"""

from server.database.engine import Engine, open_engine
from server.database.following import Follower, Keep, Stretch
from server.database.group import together
from server.database.kept import keep, keeping, kept
from server.database.transaction import Transaction
from server.database.types import Json, UtcDateTime, now
from server.database.units import Database

__all__ = [
    "Database",
    "Engine",
    "Follower",
    "Json",
    "Keep",
    "Stretch",
    "Transaction",
    "UtcDateTime",
    "keep",
    "keeping",
    "kept",
    "now",
    "open_engine",
    "together",
]
