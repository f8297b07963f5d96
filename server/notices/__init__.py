"""Notices: what the desk writes by itself when an order moves, on the way that reaches the customer, once."""
