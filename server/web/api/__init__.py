"""The JSON API: one module a noun, each endpoint declared in its handler."""

from server.web.api import (
    accounts,
    agents,
    arrivals,
    calls,
    changes,
    contacts,
    customers,
    desk,
    drawing,
    faq,
    files,
    identity,
    imports,
    letters,
    macros,
    messages,
    notices,
    orders,
    pictures,
    privacy,
    rights,
    search,
    session,
    sources,
    store,
    tickets,
    value,
    visitors,
    webhooks,
    writing,
)
from server.web.endpoints import Api

NOUNS = (
    session,
    desk,
    tickets,
    macros,
    writing,
    messages,
    files,
    letters,
    search,
    faq,
    customers,
    orders,
    identity,
    value,
    store,
    imports,
    notices,
    rights,
    privacy,
    sources,
    contacts,
    drawing,
    agents,
    pictures,
    accounts,
    arrivals,
    calls,
    changes,
    visitors,
    webhooks,
)

api = Api()
for noun in NOUNS:
    api.include(noun.api)

__all__ = ["api"]
