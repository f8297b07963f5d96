"""The benchmarks' command line: `python -m bench` lists them, `python -m bench NAME [--json]` runs one."""

from __future__ import annotations

import argparse
import json
import logging
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from rich.console import Console

from bench.measuring import show

NAMES = (
    *(
        "unit",
        "mails",
        "inbox",
        "search",
        "start",
        "chat",
        "fanout",
        "idle",
        "storm",
        "widget",
        "faq",
        "flows",
        "line",
        "console",
    ),
    "identity",
    "history",
    "imports",
    "ingest",
    "memory",
    "notices",
    "value",
)


def main(arguments: list[str] | None = None) -> int:
    """List the benchmarks, or run one and print its figures as a table or as one JSON object."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = parser.add_subparsers(dest="name", metavar="NAME")
    modules = {name: import_module(f"bench.{name}") for name in NAMES}
    for name, module in modules.items():
        own = names.add_parser(name, help=sentence(module), description=module.__doc__)
        own.add_argument("--json", action="store_true", help="print one JSON object")
        own.add_argument("--quick", action="store_true", help="a small run that only shows that it works")
        own.add_argument("--repeat", type=int, default=3, help="interleaved repetitions, of which the median counts")
        own.add_argument("--place", type=Path, default=Path("var/bench"), help="a folder on a real disk")
        module.options(own)
    options = parser.parse_args(arguments)
    if options.name is None:
        console = Console()
        for name, module in modules.items():
            console.print(f"[bold]{name:8}[/] {sentence(module)}", highlight=False)
        console.print("\npython -m bench NAME \\[--json] \\[--quick] \\[--help]", highlight=False)
        return 0
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    options.place.mkdir(parents=True, exist_ok=True)
    if options.quick:
        options.repeat = 1
    report = modules[options.name].run(options)
    if options.json:
        sys.stdout.write(json.dumps(report.as_json(options), ensure_ascii=False) + "\n")
    else:
        show(report)
    return 0


def sentence(module: ModuleType) -> str:
    """A module's first line."""
    return (module.__doc__ or "").partition("\n")[0]


if __name__ == "__main__":
    sys.exit(main())
