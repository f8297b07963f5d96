"""LINE's platform for one official account, to test and to play with where LINE itself can't be reached."""

from channels.line.simulator.bubbles import Bubble, Chat
from channels.line.simulator.contents import Content
from channels.line.simulator.doors import Served, make_app, make_apps, routes, serving
from channels.line.simulator.groups import Group
from channels.line.simulator.linking import LinkingFailed
from channels.line.simulator.people import Person, Said
from channels.line.simulator.simulator import Account, Call, Simulator
from channels.line.simulator.webhooks import Attempt, signature

__all__ = [
    "Account",
    "Attempt",
    "Bubble",
    "Call",
    "Chat",
    "Content",
    "Group",
    "LinkingFailed",
    "Person",
    "Said",
    "Served",
    "Simulator",
    "make_app",
    "make_apps",
    "routes",
    "serving",
    "signature",
]
