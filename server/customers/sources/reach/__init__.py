"""How sources are reached: databases, HTTP APIs and files, each as pages of plain records."""

from server.customers.sources.reach.pages import Failed, Later, Page, Reader
from server.customers.sources.reach.reader import House, open_reader

__all__ = ["Failed", "House", "Later", "Page", "Reader", "open_reader"]
