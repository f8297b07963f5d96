"""A process that works on one import, to be killed."""

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
    """Take the import over, and work slowly."""
    database = Database(open_engine(url))
    importer = Importer(database, Files(Path(folder)), lambda _: ZoneInfo("Asia/Tokyo"))
    assert await importer.take_over(id)
    await importer.work(id, lambda _: time.sleep(0.3))
    await asyncio.sleep(600)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
