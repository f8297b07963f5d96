"""The rules that LINE keeps for what a bot sends: bubbles, actions, templates, Flex and rich menus.

Both who sends and the simulated LINE go by them, so that what passes here is not refused there.
"""

from channels.line.rules.bubbles import check_messages
from channels.line.rules.looking import Findings, Look, problems_of
from channels.line.rules.menus import check_rich_menu
from channels.line.rules.refusal import Detail, Refusal

__all__ = ["Detail", "Findings", "Look", "Refusal", "check_messages", "check_rich_menu", "problems_of"]
