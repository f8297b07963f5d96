"""The language in which a mapping says how the records of another system become facts (docs/sources.md)."""

from server.customers.sources.mapping.document import (
    Auth,
    Child,
    FileFormat,
    Find,
    Hook,
    HookEvent,
    Http,
    Limits,
    Mapping,
    Paging,
    Parameter,
    Signature,
    Sql,
    Stream,
)
from server.customers.sources.mapping.reading import read
from server.customers.sources.mapping.records import Made, id_of, make, updated_of, wanted
from server.customers.sources.mapping.troubles import Trouble, Unmapped

__all__ = [
    "Auth",
    "Child",
    "FileFormat",
    "Find",
    "Hook",
    "HookEvent",
    "Http",
    "Limits",
    "Made",
    "Mapping",
    "Paging",
    "Parameter",
    "Signature",
    "Sql",
    "Stream",
    "Trouble",
    "Unmapped",
    "id_of",
    "make",
    "read",
    "updated_of",
    "wanted",
]
