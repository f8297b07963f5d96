"""A client in a process of its own that sends prepared HTTP requests, so many at once, and says how long each took.

`python -m bench.knocking PORT CONNECTIONS < requests` reads one request a line, in base64, and prints one JSON object:
seconds in all, the waits, and how many answers were not 200.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time


async def knock(port: int, connections: int, requests: list[bytes]) -> dict[str, object]:
    """Send everything, each connection one request after the other."""
    offered = iter(requests)
    waits: list[float] = []
    bad = 0

    async def one() -> None:
        nonlocal bad
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in offered:
            begin = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
            )
            await reader.readexactly(length)
            waits.append(time.perf_counter() - begin)
            bad += b" 200 " not in head[:20]
        writer.close()
        await writer.wait_closed()

    begin = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return {"seconds": time.perf_counter() - begin, "waits": waits, "bad": bad}


def main() -> None:
    """Read, knock, say."""
    port, connections = int(sys.argv[1]), int(sys.argv[2])
    requests = [base64.b64decode(line) for line in sys.stdin]
    sys.stdout.write(json.dumps(asyncio.run(knock(port, connections, requests))))


if __name__ == "__main__":
    main()
