"""Two processes that merge the same customers at the same moment, on either database: one wins, nothing is lost."""

from __future__ import annotations

import asyncio
import sys

from server.customers import queries
from server.customers.identity import merging, parting
from tests.customers.test_identity import everything, two
from tests.desks import TestDesk


async def at_once(desk: TestDesk, *pairs: tuple[int, int]) -> list[str]:
    """What each process says of its merge, all being told to begin at the same moment."""
    url = desk.database.engine.url
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.customers.one_of_two", url, str(kept), str(gone),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )
        for kept, gone in pairs
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert await process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
    ends = await asyncio.gather(*(process.communicate() for process in processes))
    return [out.decode().strip() for out, _ in ends]


async def test_of_two_processes_one_merges_and_the_other_is_told(desk: TestDesk) -> None:
    kept, gone = await two(desk)
    before = await desk.database.read(everything)
    said = await at_once(desk, (kept, gone), (gone, kept))
    assert sorted(said) == ["Conflict", "merged"]
    (merge,) = await desk.database.read(merging.history, kept)
    pointer = (await desk.database.read(queries.view, merge.gone)).merged_into
    assert pointer == merge.kept and {merge.kept, merge.gone} == {kept, gone}
    await desk.database.write(parting.part, desk.agent, merge.id)
    assert await desk.database.read(everything) == before
