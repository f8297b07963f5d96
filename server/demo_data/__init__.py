"""The demo's data: a small pottery shop with its people, its accounts and some weeks of letters.

Everything is written by the same actions that the desk itself uses, in one transaction and at the hour it would have
happened; letters that left long ago count as delivered.
"""

from server.demo_data.house import ADDRESS, FORM, PEOPLE
from server.demo_data.telling import fill, filled

__all__ = ["ADDRESS", "FORM", "PEOPLE", "fill", "filled"]
