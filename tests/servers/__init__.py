"""Desks as real processes for tests end to end: started, killed, looked into, and the mail that goes to and from them.

A desk is `madoguchi serve` in a process of its own. Starting Python and importing everything takes over a second, so
most desks are forked from a nursery, a process that has imported everything and done nothing; `command=True` starts
the very command instead.
"""

from tests.servers.agent import Agent
from tests.servers.mail import SUPPORT, TARO, a_mail, address_of, an_answer, read_mail, sent, words_of
from tests.servers.nursery import ROOT, Nursery, raise_children
from tests.servers.process import BIN, PASSWORD, SECRET, Desk, Ran
from tests.servers.street import Street

__all__ = [
    "BIN",
    "PASSWORD",
    "ROOT",
    "SECRET",
    "SUPPORT",
    "TARO",
    "Agent",
    "Desk",
    "Nursery",
    "Ran",
    "Street",
    "a_mail",
    "address_of",
    "an_answer",
    "raise_children",
    "read_mail",
    "sent",
    "words_of",
]
