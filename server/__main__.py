"""The entry of the command `madoguchi`."""

from __future__ import annotations

import sys

from server.commands import cli
from server.commands.output import fail
from server.errors import DeskError


def main() -> None:
    """Run a command. What is wrong with a request is one line on standard error, and exit status 1."""
    try:
        cli()
    except DeskError as error:
        sys.exit(fail(error))
    except BrokenPipeError:
        sys.exit(141)


if __name__ == "__main__":
    main()
