"""What tests leave open: a caller at a closing door is nobody's leak, a connection that nobody ends is its test's."""

from __future__ import annotations

import asyncio
import gc
import socket
import warnings

import pytest

from tests import leaving
from tests.desks import until


async def _ignore(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


@pytest.mark.parametrize("turns", range(5))
def test_who_comes_while_the_door_closes_is_hung_up_on(turns: int) -> None:
    async def come() -> None:
        server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()) as caller:
            for _ in range(turns):
                await asyncio.sleep(0)
            server.close()
            caller.settimeout(0)
            async with asyncio.timeout(30):
                while True:
                    try:
                        assert caller.recv(1) == b""
                        break
                    except BlockingIOError:
                        await asyncio.sleep(0.001)
                    except ConnectionResetError:
                        break

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        asyncio.run(come())
        gc.collect()
    assert [str(one.message) for one in told] == []


def test_a_connection_that_nobody_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    left: list[str] = []
    monkeypatch.setattr(leaving, "GRACE", 0.01)
    monkeypatch.setattr(leaving, "_left", left)
    with socket.socket() as caller:

        async def come() -> None:
            server = await asyncio.start_server(_ignore, "127.0.0.1", 0)
            caller.connect(server.sockets[0].getsockname())
            await until(lambda: len(asyncio.all_tasks()) > 1)
            server.close()

        asyncio.run(come())
        assert [str(caller.getsockname()) in one for one in left] == [True]
