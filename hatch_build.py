"""Builds the browser code when a wheel is made, so that whoever installs it needs no Node."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class BrowserCode(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `widgets.build` and puts `widgets/dist/` into the wheel; an editable install builds by `make setup`."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        sys.path.insert(0, str(Path(self.root)))
        from widgets.build import build

        build()
        build_data["artifacts"].append("/widgets/dist/**")
