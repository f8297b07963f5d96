"""A process that works on one import, and stands still after a hundred rows until it is killed."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from zoneinfo import ZoneInfo

from server.customers.imports.running import Importer
from server.database import Database, open_engine
from server.files import Files


async def main(url: str, folder: str, id: int) -> None:
    """Take the import over, and get no further than its first hundred rows."""
    database = Database(open_engine(url))
    importer = Importer(database, Files(Path(folder)), lambda _: ZoneInfo("Asia/Tokyo"))
    assert await importer.take_over(id)
    await importer.work(id, lambda view: time.sleep(600 if view.counts.rows >= 100 else 0))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
