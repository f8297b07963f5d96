"""The admin pages: plain forms and links that work without JavaScript, one file a noun."""

from aiohttp import web

from server.web.admin import (
    accounts,
    agents,
    answers,
    arrivals,
    assets,
    audit,
    blocks,
    bulk,
    categories,
    customer_fields,
    customer_merging,
    customer_parts,
    customers,
    desk,
    exports,
    faq,
    faq_engine,
    faq_report,
    fields,
    flows,
    forms,
    help,
    imports,
    lessons,
    letters,
    macros,
    menus,
    navigation,
    notice_list,
    notices,
    opening_hours,
    privacy,
    rights,
    segments,
    shops,
    sources,
    tags,
    teams,
    tokens,
    value,
    views,
    webhooks,
)
from server.web.admin.frame import agent

PAGES = (
    accounts,
    menus,
    forms,
    shops,
    faq,
    faq_engine,
    lessons,
    faq_report,
    answers,
    opening_hours,
    flows,
    categories,
    help,
    arrivals,
    letters,
    notice_list,
    notices,
    bulk,
    blocks,
    customers,
    customer_parts,
    customer_merging,
    value,
    segments,
    sources,
    customer_fields,
    imports,
    exports,
    rights,
    agents,
    teams,
    tags,
    fields,
    views,
    macros,
    desk,
    privacy,
    audit,
    tokens,
    webhooks,
)


def setup(app: web.Application) -> None:
    """Add the routes under `/admin`."""
    for noun in PAGES:
        app.add_routes(noun.routes())
    app.add_routes([web.get("/admin", first), web.get("/admin/static/{name}", assets.serve)])


async def first(request: web.Request) -> web.Response:
    """Lead to the first page that this agent may see."""
    raise web.HTTPSeeOther(navigation.first(await agent(request, "viewer")))
