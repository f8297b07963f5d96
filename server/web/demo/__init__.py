"""The demo's doors: a shop to write from, the letters that would have gone out, and one-click sign-in.

Only for `madoguchi demo`: whoever reaches these pages may sign in as anybody.
"""

from server.web.demo.letter_box import Caught, LetterBox, catching
from server.web.demo.orders import Buyer
from server.web.demo.pages import Demo, setup

__all__ = ["Buyer", "Caught", "Demo", "LetterBox", "catching", "setup"]
