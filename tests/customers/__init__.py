"""Customers: the shared store, who is who, orders, and what stands beside a ticket."""
