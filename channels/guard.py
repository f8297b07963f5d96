"""Requests to addresses that somebody typed in (webhooks, verify URLs) without opening the house to them (SSRF).

The address is looked at where the socket is made, after every resolution and for every hop, so a name that changes
its mind between check and connection (DNS rebinding) gains nothing, and neither does an IP literal or a redirect.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING

import aiohttp
from aiohttp.abc import AbstractCookieJar

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import AddrInfoType, Connection
    from aiohttp.tracing import Trace

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# What `ipaddress.is_global` of one Python release or another lets through, or what only looks public.
_REFUSED: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
        "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # Azure's host, a public address that only its own machines reach
        "::/96",  # unspecified, loopback, IPv4-compatible
        "::ffff:0:0/96", "::ffff:0:0:0/96",  # IPv4 mapped and translated
        "64:ff9b::/96", "64:ff9b:1::/48",  # NAT64
        "100::/64", "2001::/23",  # discard; Teredo, ORCHID and the rest of the IETF's
        "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",  # documentation, 6to4, segment routing
        "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip

# Services behind high ports that speak to whoever knocks; of the low ports only the web's own are open.
_SERVICE_PORTS = frozenset(
    {1433, 1521, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379, 6380, 6443,
     7001, 8086, 9042, 9092, 9200, 9300, 10250, 10255, 11211, 15672, 26379, 27017, 27018}
)  # fmt: skip

CONNECT_SECONDS = 10.0
"""A first packet that is lost comes again after one, three and seven seconds (RFC 6298 §5.5)."""

# Set while a connection is being made to a host that the allow-list names.
_trusted: ContextVar[bool] = ContextVar("trusted", default=False)


class Refused(aiohttp.ClientConnectionError):
    """The guard will not go there. The words are for the person who typed the address."""


class _RefusedAddress(OSError):
    """What a socket factory may raise; aiohttp wraps it into its own connection error."""


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet. Zone ids (`fe80::1%eth0`) are looked through."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return not any(parsed in network for network in _REFUSED if network.version == parsed.version)


class _AllowList:
    """Hosts (`hooks.intranet`) and networks (`10.1.0.0/16`, `127.0.0.1`) that are asked for by name."""

    def __init__(self, allow: Sequence[str]) -> None:
        self.hosts: set[str] = set()
        self.networks: list[Network] = []
        for entry in allow:
            try:
                self.networks.append(ipaddress.ip_network(entry.strip(), strict=False))
            except ValueError:
                self.hosts.add(entry.strip().lower().rstrip("."))

    def names(self, host: str) -> bool:
        """Whether a URL's host, a name or an address, is on the list."""
        return host.lower().rstrip(".") in self.hosts or self.holds(host)

    def holds(self, address: str) -> bool:
        """Whether an address is in one of the networks."""
        try:
            parsed = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(parsed in network for network in self.networks if network.version == parsed.version)


class GuardedConnector(aiohttp.TCPConnector):
    """A connector that refuses schemes, ports and addresses. Private networks only if `allow` names them.

    Plain http is refused too, but for allowed hosts, unless `plain_http` is set.
    """

    def __init__(self, allow: Sequence[str] = (), *, plain_http: bool = False) -> None:
        self._allow = _AllowList(allow)
        self._plain_http = plain_http
        super().__init__(socket_factory=self._socket, use_dns_cache=False, limit_per_host=8)

    async def connect(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's own signature
    ) -> Connection:
        """Look at the URL of each hop, then let the sockets look at its addresses."""
        host, port = req.url.raw_host or "", req.url.port or 0
        trusted = self._allow.names(host)
        if req.url.scheme != "https" and not (req.url.scheme == "http" and (trusted or self._plain_http)):
            raise Refused(f"{req.url.scheme}:// is not allowed here, only https://")
        if not trusted and (port in _SERVICE_PORTS or (port < 1024 and port not in (80, 443))):
            raise Refused(f"port {port} is not allowed")
        token = _trusted.set(trusted)
        try:
            return await super().connect(req, traces, timeout)
        except aiohttp.ClientConnectorError as error:
            if isinstance(error.os_error, _RefusedAddress) or "is not a public address" in str(error.os_error):
                raise Refused(f"{host} is not a public address") from error
            raise
        finally:
            _trusted.reset(token)

    def _socket(self, info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        host = str(address[0])
        if not (_trusted.get() or is_public(host) or self._allow.holds(host)):
            raise _RefusedAddress(f"{host} is not a public address")
        return socket.socket(family, kind, protocol)


def may_reach(host: str, allow: Sequence[str] = ()) -> bool:
    """Whether something other than HTTP may go to a host: it is on the list, or every address of it is public.

    Asks the resolver, and so blocks: call it in a thread.
    """
    allowed = _AllowList(allow)
    if allowed.names(host):
        return True
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return False
    return all(is_public(str(info[4][0])) or allowed.holds(str(info[4][0])) for info in found)


def guarded_session(
    allow: Sequence[str] = (), *, plain_http: bool = False, seconds: float = 15
) -> aiohttp.ClientSession:
    """A session for addresses that somebody typed in. `allow` names hosts and networks that may be private.

    It keeps no cookies, uses no proxy from the environment and gives a whole exchange `seconds`. Close it.
    A refused address raises `Refused`, an `aiohttp.ClientConnectionError`.
    """
    jar: AbstractCookieJar = aiohttp.DummyCookieJar()
    return aiohttp.ClientSession(
        connector=GuardedConnector(allow, plain_http=plain_http),
        cookie_jar=jar,
        timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=min(CONNECT_SECONDS, seconds)),
        trust_env=False,
        max_line_size=8190,
    )


async def read_bounded(response: aiohttp.ClientResponse, limit: int) -> bytes:
    """The first `limit` bytes of an answer; what follows is never read."""
    pieces: list[bytes] = []
    size = 0
    async for piece in response.content.iter_chunked(16 * 1024):
        pieces.append(piece)
        size += len(piece)
        if size >= limit:
            response.close()
            break
    return b"".join(pieces)[:limit]
