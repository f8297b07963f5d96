"""Ready-made sources: one mapping for each system, to which a shop adds its own address and keys."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable

from server.errors import NotFound


def names() -> list[str]:
    """The ready-made mappings there are."""
    return sorted(each.name.removesuffix(".toml") for each in _folder().iterdir() if each.name.endswith(".toml"))


def text(name: str) -> str:
    """A ready-made mapping. Raises `NotFound`."""
    if name not in names():
        raise NotFound("There is no ready-made source {name}.", name=name)
    return (_folder() / f"{name}.toml").read_text("utf-8")


def _folder() -> Traversable:
    return resources.files(__name__)
