"""The way in of the shared store: what other systems tell of customers, orders and everything that belongs to them."""
