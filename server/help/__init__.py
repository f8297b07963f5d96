"""The help centre: the public articles as pages, what readers say of them, and what is offered while people type."""
