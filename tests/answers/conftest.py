"""A shop with a chat, as for the channel's own tests."""

from tests.channels.webchat.conftest import anywhere, nursery, on_postgresql, shop, small_shop

__all__ = ["anywhere", "nursery", "on_postgresql", "shop", "small_shop"]
