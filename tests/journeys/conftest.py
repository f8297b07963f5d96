"""What the journeys stand on: desks as processes, on both databases, and one browser for those that need one."""

from tests.journeys.one_browser import chromium, one_browser
from tests.streets import anywhere, nursery, on_postgresql, street

__all__ = ["anywhere", "chromium", "nursery", "on_postgresql", "one_browser", "street"]
