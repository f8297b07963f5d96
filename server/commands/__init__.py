"""The command line, one file per noun. Results are for people, or with `--json` for programs."""

from server.commands.root import cli

__all__ = ["cli"]
