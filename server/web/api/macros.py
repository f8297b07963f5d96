"""Macros: texts and changes kept under a name, and what one reads like on a ticket."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from channels.contract import Rich
from server.tickets import macros
from server.tickets.macros import Actions, Besides, MacroUse, MacroView
from server.web.api.drawing import Choices
from server.web.call import Call
from server.web.drawing import check_drawing
from server.web.endpoints import Api, Number
from server.web.reading import Form

api = Api()
Title = Annotated[str, Meta(min_length=1, max_length=60)]
MacroText = Annotated[str, Meta(max_length=macros.LONGEST)]
Position = Annotated[int, Meta(ge=0, le=10_000)]


class MacroForm(Form, frozen=True, kw_only=True):
    """The text may speak of {customer}, {number}, {agent}, {shop} and {today}; so may what goes along with it."""

    name: Title
    text: MacroText = ""
    actions: Actions = Actions()
    position: Position | None = None
    rich: Rich | None = None
    choices: Choices = []


class NewMacro(Form, frozen=True, kw_only=True):
    """A new one. A shared one is a lead's to make."""

    name: Title
    text: MacroText = ""
    actions: Actions = Actions()
    shared: bool = False
    position: Position = 0
    rich: Rich | None = None
    choices: Choices = []


@api.get("/macros", "The macros")
async def all_macros(call: Call) -> list[MacroView]:
    """The shared ones, then one's own."""
    return await call.read(macros.all, call.agent)


@api.post("/macros", "Keep a macro")
async def add_macro(call: Call, form: NewMacro) -> MacroView:
    """One's own; a shared one is a lead's to make."""
    besides = _besides(call, form)
    return await call.write(
        macros.add, form.name, form.text, form.actions, besides=besides, shared=form.shared, position=form.position
    )


@api.patch("/macros/{macro}", "Change a macro")
async def edit_macro(call: Call, macro: Number, form: MacroForm) -> MacroView:
    """One's own; a shared one for leads."""
    besides = _besides(call, form)
    return await call.write(macros.edit, macro, form.name, form.text, form.actions, form.position, besides=besides)


@api.delete("/macros/{macro}", "Forget a macro")
async def remove_macro(call: Call, macro: Number) -> None:
    """The tickets that it was used on are not touched."""
    await call.write(macros.remove, macro)


@api.get("/tickets/{number}/macros/{macro}", "A macro as it reads on a ticket")
async def use_macro(call: Call, number: Number, macro: Number) -> MacroUse:
    """Changes nothing: `text` is for a reply or a note, `actions` for an edit of the ticket,
    `rich` and `choices` for a reply."""
    return await call.read(macros.use, call.agent, number, macro)


def _besides(call: Call, form: MacroForm | NewMacro) -> Besides:
    """Raises `Invalid` with a network's words for what it would not draw."""
    check_drawing(call.doors.channels, form.rich, form.choices)
    return Besides(rich=form.rich, choices=tuple(form.choices))
