"""The rules that LINE keeps for what a bot sends: bubbles, actions, templates, Flex and rich menus."""

from channels.line.simulator.checking.bubbles import check_messages
from channels.line.simulator.checking.looking import Findings, Look, problems_of
from channels.line.simulator.checking.menus import check_rich_menu

__all__ = ["Findings", "Look", "check_messages", "check_rich_menu", "problems_of"]
