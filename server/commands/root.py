"""The commands and their groups; each import happens when its command is asked for, so that none waits for others."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from server.commands import exchange, privacy_group, source_group, webhook_group
from server.commands.leaving_out import left_out
from server.commands.output import AsJson, say, show
from server.settings import DEMO_SECRET, Settings

cli = typer.Typer(
    name="madoguchi",
    help="窓口: one inbox for mail, chat, LINE and forms.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
agent = typer.Typer(help="The people who work at the desk.", no_args_is_help=True)
account = typer.Typer(help="The mailboxes, forms and keys at which the desk is reached.", no_args_is_help=True)
arrivals = typer.Typer(help="What came in, and what stands in quarantine.", no_args_is_help=True)
mail = typer.Typer(help="Reading mail.", no_args_is_help=True)
search = typer.Typer(help="The search index.", no_args_is_help=True)
line = typer.Typer(help="LINE's official accounts.", no_args_is_help=True)
faq = typer.Typer(help="The FAQ: trying it offline, checking it, moving articles in and out.", no_args_is_help=True)
cli.add_typer(agent, name="agent")
cli.add_typer(account, name="account")
cli.add_typer(arrivals, name="arrivals")
cli.add_typer(mail, name="mail")
cli.add_typer(search, name="search")
cli.add_typer(line, name="line")
cli.add_typer(faq, name="faq")
cli.add_typer(exchange.import_, name="import")
cli.add_typer(exchange.export, name="export")
cli.add_typer(webhook_group.group, name="webhooks")
cli.add_typer(privacy_group.group, name="privacy")
cli.add_typer(source_group.group, name="sources")


@cli.callback(invoke_without_command=True)
def version(
    asked: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """One inbox for mail, chat, LINE and forms."""
    if asked:
        from importlib.metadata import version as installed

        sys.stdout.write(installed("madoguchi") + "\n")
        raise typer.Exit


@cli.command()
def serve() -> None:
    """Start the desk for production. Refuses to start with the demo's secret or with settings missing."""
    with left_out():
        from server.commands import running

    running.serve(Settings())


@cli.command()
def demo(
    port: Annotated[int, typer.Option(envvar="MADOGUCHI_PORT", help="The port of the web server.")] = 8025,
    smtp_port: Annotated[int, typer.Option(envvar="MADOGUCHI_SMTP_PORT", help="The port of the SMTP listener.")] = 2525,
    folder: Annotated[Path, typer.Option(help="Where the demo keeps its data.")] = Path("var"),
    host: Annotated[str, typer.Option(envvar="MADOGUCHI_HOST", help="The address to listen on.")] = "127.0.0.1",
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin with new demo data.")] = False,
) -> None:
    """Start a desk to play with: demo agents, a demo shop, a mail listener, and what went out on a page."""
    with left_out():
        from server.commands import running

    running.demo(
        Settings(
            secret=DEMO_SECRET,
            database=f"sqlite:///{folder / 'demo.db'}",
            files=folder / "demo-files",
            public_url=f"http://{host}:{port}",
            host=host,
            port=port,
            smtp_host=host,
            smtp_port=smtp_port,
            demo=True,
            log_level="WARNING",
            outside_allow="127.0.0.1",
        ),
        fresh=fresh,
    )


@cli.command()
def migrate() -> None:
    """Bring the database to the newest schema. Also done by each start."""
    from server.commands import upkeep

    upkeep.migrate(Settings())


@cli.command()
def doctor(as_json: AsJson = False) -> None:
    """Check settings, database, files and each account's connection; say what to do. Exit status 1 if one is ill."""
    from server.commands import upkeep

    raise typer.Exit(upkeep.doctor(Settings(), as_json))


@cli.command()
def backup(
    archive: Annotated[Path, typer.Argument(help="The file to write, .tar.gz")], as_json: AsJson = False
) -> None:
    """Write database and files of one moment into one archive; the desk may be working."""
    from server.commands import upkeep

    upkeep.backup(Settings(), archive, as_json)


@cli.command()
def restore(archive: Annotated[Path, typer.Argument(help="An archive of `backup`")], as_json: AsJson = False) -> None:
    """Fill a blank database and the file store from an archive, also one taken on the other kind of database."""
    from server.commands import upkeep

    upkeep.restore(Settings(), archive, as_json)


@cli.command()
def rotate() -> None:
    """Seal the accounts' secrets with the present MADOGUCHI_SECRET, opening them with MADOGUCHI_OLD_SECRETS."""
    from server.commands import upkeep

    upkeep.rotate(Settings())


@agent.command("add")
def agent_add(
    email: Annotated[str, typer.Argument(help="The address to sign in with.")],
    name: Annotated[str, typer.Option(help="As colleagues and customers see it.")] = "",
    role: Annotated[str, typer.Option(help="viewer, agent, lead or admin.")] = "agent",
    language: Annotated[str, typer.Option(help="ja or en.")] = "ja",
    password: Annotated[bool, typer.Option("--password", help="Read a password from standard input.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add an agent, and print a link to sign in with once."""
    from server.commands import people

    given = sys.stdin.readline().rstrip("\n") if password and not sys.stdin.isatty() else None
    if password and given is None:
        given = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    people.add(Settings(), email, name or email.partition("@")[0], role, language, given, as_json)


@agent.command("list")
def agent_list(as_json: AsJson = False) -> None:
    """List the agents."""
    from server.commands import people

    people.listed(Settings(), as_json)


@agent.command("link")
def agent_link(email: str) -> None:
    """Print a new link with which an agent signs in once."""
    from server.commands import people

    people.link(Settings(), email)


@account.command("add")
def account_add(
    kind: Annotated[str, typer.Argument(help="email, form, phone, api …")],
    address: Annotated[str, typer.Argument(help="What customers see: support@shop.jp, a form's name.")],
    name: Annotated[str, typer.Option(help="As agents see it.")] = "",
    setting: Annotated[list[str], typer.Option("--set", help="name=value, as often as needed; see the docs.")] = [],  # noqa: B006
    secrets: Annotated[
        bool, typer.Option("--secrets", help="Read name=value lines of secrets from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Add a mailbox, form or key."""
    from server.commands import channel_accounts

    lines = [*setting, *(line.rstrip("\n") for line in (sys.stdin if secrets else ()))]
    channel_accounts.add(Settings(), kind, address, name or address, lines, as_json)


@account.command("list")
def account_list(as_json: AsJson = False) -> None:
    """List the accounts and how they are doing."""
    from server.commands import channel_accounts

    channel_accounts.listed(Settings(), as_json)


@account.command("test")
def account_test(
    id: Annotated[int, typer.Argument(help="As `account list` shows it.")], as_json: AsJson = False
) -> None:
    """Try everything an account needs. Exit status 1 if something does not work."""
    from server.commands import channel_accounts

    raise typer.Exit(channel_accounts.test(Settings(), id, as_json))


@account.command("remove")
def account_remove(id: int) -> None:
    """Take an account out of use; its tickets stay."""
    from server.commands import channel_accounts

    channel_accounts.remove(Settings(), id)


@arrivals.command("list")
def arrivals_list(
    state: Annotated[str, typer.Option(help="quarantined, filed or all.")] = "quarantined",
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List arrivals; those in quarantine unless told otherwise."""
    from server.commands import way_in

    way_in.listed(Settings(), state, limit, as_json)


@arrivals.command("retry")
def arrivals_retry(
    ids: Annotated[list[int] | None, typer.Argument(help="Arrivals; none: all in quarantine.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read and file quarantined arrivals again. Exit status 1 if one still cannot be."""
    from server.commands import way_in

    raise typer.Exit(way_in.retry(Settings(), ids or [], as_json))


@mail.command("read")
def mail_read() -> None:
    """Read paths of .eml files on standard input, one a line; print what was read of each, one JSON object a line."""
    from channels.email.reading.command import read_lines

    read_lines(sys.stdin, sys.stdout)


@line.command("menu")
def line_menu(
    id: Annotated[int, typer.Argument(help="As `account list` shows it.")],
    definition: Annotated[Path, typer.Argument(help="The menu as LINE writes it, JSON.")],
    picture: Annotated[Path, typer.Argument(help="Its picture, JPEG or PNG, at most 1 MB.")],
) -> None:
    """Show everybody a rich menu; the one that was put before is taken away."""
    from server.commands import line as line_commands

    line_commands.put_menu(Settings(), id, definition, picture)


@line.command("no-menu")
def line_no_menu(id: Annotated[int, typer.Argument(help="As `account list` shows it.")]) -> None:
    """Show nobody a rich menu any more."""
    from server.commands import line as line_commands

    line_commands.take_menu_away(Settings(), id)


@line.command("menus")
def line_menus(id: Annotated[int, typer.Argument(help="As `account list` shows it.")], as_json: AsJson = False) -> None:
    """List the rich menus that LINE knows of an account."""
    from server.commands import line as line_commands

    line_commands.menus(Settings(), id, as_json)


@search.command("rebuild")
def search_rebuild() -> None:
    """Throw the search index away; the running desk builds it anew."""
    from server.commands import upkeep

    upkeep.rebuild_search(Settings())


@faq.command("match")
def faq_match(
    engine: Annotated[str, typer.Option(help="use, e5, or desk: the one that is chosen in the settings.")] = "use",
) -> None:
    """Add articles and ask them, JSON lines on standard input and output, as the desk would; starts empty."""
    from server.commands.articles import encoder_of
    from server.errors import Unavailable
    from server.faq.engines import EngineFailed
    from server.faq.lines import match_lines

    lines = open(sys.stdin.fileno(), encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
    try:
        all_read = match_lines(lines, sys.stdout, encoder_of(engine), lambda trouble: typer.echo(trouble, err=True))
    except EngineFailed as error:
        raise Unavailable(str(error)) from error
    if not all_read:
        raise typer.Exit(1)


@faq.command("check")
def faq_check(
    shop: Annotated[str, typer.Option(help="Of this shop alone: its articles, and those for all.")] = "",
    as_json: AsJson = False,
) -> None:
    """Print what the live articles promise: coverage, precision, articles taken for each other, phrasings astray."""
    from server.commands import articles

    articles.check(Settings(), shop, as_json)


@faq.command("improve")
def faq_improve(as_json: AsJson = False) -> None:
    """Print what waits for a review: proposed phrasings, and questions without an article."""
    from server.commands import articles

    articles.improve(Settings(), as_json)


@faq.command("export")
def faq_export(
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdown instead of CSV.")] = False,
) -> None:
    """Print every article that is not archived, as CSV or Markdown."""
    from server.commands import articles

    articles.export(Settings(), markdown)


@faq.command("import")
def faq_import(
    file: Annotated[Path, typer.Argument(help="A .csv or .md file, as `faq export` writes it.")],
    publish: Annotated[bool, typer.Option("--publish", help="Answer customers with them at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Add the articles of a file, and change those whose id is known; all of them or none."""
    from server.commands import articles

    articles.take(Settings(), file, publish, as_json)


@cli.command("settings")
def settings_list(as_json: AsJson = False) -> None:
    """List every setting, what it is for, and what it is now (secrets are not shown)."""
    values: list[Any] = describe(Settings())
    show(values, as_json=as_json, columns=("name", "value", "description"))


def describe(settings: Settings) -> list[Any]:
    """The settings as rows."""
    from server.commands.upkeep import SettingRow

    return [
        SettingRow(
            f"MADOGUCHI_{name.upper()}",
            "(set)" if "secret" in name and getattr(settings, name) else str(getattr(settings, name)),
            field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


__all__ = ["cli", "say"]
