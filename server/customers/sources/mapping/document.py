"""The mapping file: one TOML document that says what a source is, how it is reached, and how its records are read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.customers.sources.mapping.rules import Compiled, Word
from server.customers.sources.mapping.shapes import Object
from server.customers.store.facts import Source
from server.errors import Invalid

LANGUAGE = 1
"""The version of this language."""
Name = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]{0,39}$")]
Value = str | int | float | bool
PLACES = re.compile(r"\$\{([a-z_][a-z0-9_]*)\}")
ASKED = ("id", "customer", "email", "phone", "number")
"""What records can be looked up by, beside a ticket."""
GIVEN = frozenset({*ASKED, "since", "until", "page", "offset", "cursor", "size", "ids"})
"""Names that the desk fills into `${…}` by itself."""


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of a mapping; a key that it does not know is refused, since it is a misspelt one."""


class Parameter(Part, frozen=True, kw_only=True):
    """What each shop fills in for itself, as `${name}`: an address, a token. Secrets are kept sealed."""

    title: str | dict[str, str] = ""
    hint: str | dict[str, str] = ""
    example: str = ""
    default: str | None = None
    secret: bool = False
    pattern: str = ""


class Auth(Part, frozen=True, kw_only=True):
    """How requests say who asks. OAuth 2: RFC 6749 §4.4 (client credentials) and §6 (refresh token)."""

    kind: Literal["none", "basic", "bearer", "header", "query", "client_credentials", "refresh_token"]
    user: str = ""
    password: str = ""
    token: str = ""
    name: str = ""
    value: str = ""
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    scope: str = ""
    extra: dict[str, str] = {}
    send: Literal["body", "basic"] = "body"
    scheme: str = "Bearer"


class Limits(Part, frozen=True, kw_only=True):
    """How much is asked of the other side: requests a second, seconds for an answer, megabytes of an answer."""

    per_second: Annotated[float, Meta(gt=0, le=1000)] = 5.0
    timeout: Annotated[float, Meta(gt=0, le=600)] = 30.0
    megabytes: Annotated[int, Meta(gt=0, le=500)] = 50


class Http(Part, frozen=True, kw_only=True):
    """An HTTP API that answers JSON."""

    base: str
    auth: Auth = Auth(kind="none")
    headers: dict[str, str] = {}
    limits: Limits = Limits()


class Sql(Part, frozen=True, kw_only=True):
    """A database, opened read-only: `postgresql://`, `mysql://` or `sqlite:///`; `timeout` is of one query."""

    url: str
    timeout: Annotated[float, Meta(gt=0, le=3600)] = 60.0
    schema: str = ""


class FileFormat(Part, frozen=True, kw_only=True):
    """CSV or TSV that is given to the desk; what is left empty is found out."""

    encoding: str = ""
    delimiter: str = ""
    skip: Annotated[int, Meta(ge=0, le=100)] = 0


class Paging(Part, frozen=True, kw_only=True):
    """How an answer leads to the next.

    `link`: the Link header (RFC 8288). `next`: a URL in the answer, at `next`. `cursor`: a text at `next`, sent as the
    query's `name` or, in a body, as `${cursor}`. `page` and `offset` count, sent as `name`; `first` is the first one.
    `more`: where the answer says that there is more.
    """

    by: Literal["none", "link", "next", "cursor", "page", "offset"] = "none"
    name: str = ""
    next: str = ""
    more: str = ""
    first: int = 1
    size: Annotated[int, Meta(ge=1, le=10_000)] = 100
    size_name: str = ""


class Request(Part, frozen=True, kw_only=True):
    """What is asked of an HTTP API, or of a database."""

    path: str = ""
    method: Literal["GET", "POST"] = "GET"
    query: dict[str, Value] = {}
    headers: dict[str, str] = {}
    body: Any = None
    items: str = "."
    where: str = ""
    sql: str = ""


class Find(Request, frozen=True, kw_only=True):
    """How the records of one customer, order or address are looked up beside a ticket."""

    by: Literal["id", "customer", "email", "phone", "number"]
    format: Literal["", "national", "international"] = ""
    limit: Annotated[int, Meta(ge=1, le=1000)] = 50


class Child(Request, frozen=True, kw_only=True):
    """Records that belong to each record, put into it as a list of this name: other rows, another request."""

    table: str = ""
    key: str = ""
    order: str = ""


class Stream(Request, frozen=True, kw_only=True, dict=True):
    """Records of one kind, each of which becomes a fact."""

    name: Name
    fact: Literal["customer", "order", "payment", "shipment", "return", "subscription", "interaction", "stock"]
    table: str = ""
    id: str | dict[str, Any] | None = None
    updated: str | dict[str, Any] | None = None
    ascending: bool = True
    since: Literal["iso", "unix", "unix_ms", "number"] | str = "iso"
    begin: str = ""
    overlap: Annotated[int, Meta(ge=0, le=604_800)] = 60
    size: Annotated[int, Meta(ge=1, le=10_000)] = 500
    group: str = ""
    columns: list[str] = []
    only: dict[str, Any] | None = None
    paging: Paging = Paging()
    children: dict[str, Child] = {}
    find: list[Find] = []
    fields: dict[str, Any]

    @property
    def rules(self) -> Rules:
        """Its fields, ready to be used; only of a stream that `read` gave."""
        found: Rules = self.__dict__["rules_of"]
        return found

    @property
    def pulled(self) -> bool:
        """Whether it is asked for; one that is not comes by webhooks or files alone."""
        return bool(self.path or self.table or self.sql)

    def ready(self, rules: Rules) -> None:
        """Set once, by `read`."""
        self.__dict__["rules_of"] = rules


class Signature(Part, frozen=True, kw_only=True):
    """The HMAC of a webhook's raw body."""

    header: str
    secret: str
    algorithm: Literal["sha256", "sha1", "sha512"] = "sha256"
    encoding: Literal["base64", "hex"] = "base64"
    prefix: str = ""


class HookEvent(Part, frozen=True, kw_only=True):
    """Webhooks of one topic bring records of one stream, at `items`."""

    topic: str
    stream: str
    items: str = "."


class Hook(Part, frozen=True, kw_only=True):
    """Webhooks that the source sends to `/sources/{name}/hook`. `topic` and `id`: `header:Name`, or a path."""

    signature: Signature
    topic: str = ""
    id: str = ""
    event: list[HookEvent] = []


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of a stream, ready to be used."""

    fields: Object
    id: Compiled
    updated: Compiled | None
    only: Compiled | None
    required: frozenset[str]


class Mapping(Part, frozen=True, kw_only=True):
    """A whole mapping."""

    mapping: int
    name: Source
    kind: Literal["sql", "http", "file"]
    title: str | dict[str, str] = ""
    about: str | dict[str, str] = ""
    checked: str | dict[str, str] = ""
    time_zone: str = "Asia/Tokyo"
    every: Annotated[int, Meta(ge=1, le=10_080)] = 15
    parameters: dict[Name, Parameter] = {}
    codes: dict[str, dict[str, Word]] = {}
    http: Http | None = None
    sql: Sql | None = None
    file: FileFormat | None = None
    stream: list[Stream]
    hook: Hook | None = None

    def named(self, name: str) -> Stream:
        """A stream by its name. Raises `Invalid`."""
        for each in self.stream:
            if each.name == name:
                return each
        raise Invalid(fields={"stream": f"there is none named {name}: {', '.join(one.name for one in self.stream)}"})
