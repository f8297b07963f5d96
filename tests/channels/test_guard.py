"""Addresses that somebody typed in lead to the open internet or nowhere."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.test_utils import TestServer
from yarl import URL

from channels.guard import GuardedConnector, Refused, guarded_session, is_public, read_bounded

PRIVATE = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.168.1.1", "198.18.0.1", "224.0.0.1",
    "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.88.99.1", "203.0.113.7",
    "::", "::1", "::7f00:1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fe80::1%eth0",
    "fec0::1", "ff02::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.63.255.255", "2606:4700:4700::1111", "2404:6800:4004::200e"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_outside_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/", "https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://localhost/", "https://0x7f.1/",
        "https://127.1/", "https://169.254.169.254/latest/meta-data/", "https://[fd00:ec2::254]/", "https://10.0.0.1:8443/",
        "http://example.com/", "https://8.8.8.8:22/", "https://8.8.8.8:6379/", "https://user:pw@127.0.0.1/",
        "https://2130706433/", "https://0/", "file:///etc/passwd", "ftp://example.com/", "https://127.0.0.1.:443/",
    ],
)  # fmt: skip
async def test_a_way_inside_is_refused(url: str) -> None:
    async with guarded_session(seconds=60) as session:
        with pytest.raises((Refused, aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError)):
            await session.get(url)


class Rebinding(AbstractResolver):
    """A name server that answers with an innocent address first and with ours ever after."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """127.0.0.1, whatever is asked."""
        self.asked += 1
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing to close."""


@pytest.fixture
async def inside() -> AsyncIterator[TestServer]:
    """A service of the house that must not be reached, and a door that redirects to it."""

    async def secret(request: web.Request) -> web.Response:
        return web.Response(text="secret" * 1000)

    app = web.Application()
    app.router.add_get("/secret", secret)
    async with TestServer(app) as server:
        yield server


async def test_a_name_that_resolves_to_the_inside_is_refused_at_the_socket(inside: TestServer) -> None:
    connector = GuardedConnector(plain_http=True)
    connector._resolver = Rebinding(inside.port or 0)
    async with aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(Refused, match="not a public address"):
            await session.get(f"http://innocent.example:{inside.port}/secret")


@pytest.mark.parametrize("allow", [["127.0.0.1"], ["127.0.0.0/8"], ["localhost"]])
async def test_an_allowed_host_is_reached_and_only_it(inside: TestServer, allow: list[str]) -> None:
    url = URL(str(inside.make_url("/secret"))).with_host("localhost" if allow == ["localhost"] else "127.0.0.1")
    async with guarded_session(allow) as session:
        async with session.get(url) as response:
            assert await read_bounded(response, 10) == b"secretsecr"
        with pytest.raises(Refused):
            await session.get(url.with_host("127.0.0.1" if allow == ["localhost"] else "10.0.0.1"))


async def test_a_redirect_to_the_inside_is_refused_at_its_hop(inside: TestServer) -> None:
    async def away(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"http://[::1]:{inside.port}/secret")

    app = web.Application()
    app.router.add_get("/", away)
    async with TestServer(app) as outside, guarded_session(["127.0.0.1"]) as session:
        with pytest.raises(Refused):
            await session.get(outside.make_url("/"))
