"""Customers and orders as files for Excel: chosen, read from the database piece by piece, written as they are read."""

from server.customers.exports.choice import Choice, begin, checked, pieces

__all__ = ["Choice", "begin", "checked", "pieces"]
