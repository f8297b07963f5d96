"""What the journeys stand on: desks as processes, on both databases."""

from tests.streets import anywhere, nursery, on_postgresql, street

__all__ = ["anywhere", "nursery", "on_postgresql", "street"]
