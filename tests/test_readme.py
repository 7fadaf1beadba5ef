"""The README says of every command what the code says of it."""

from __future__ import annotations

import re
from pathlib import Path

import click

from crawler.cli import main

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def usage(name: str, command: click.Command) -> str:
    """How a command is called: its name, its arguments, and `--help` for the rest."""
    context = click.Context(command, info_name=name)
    pieces = [piece for piece in command.collect_usage_pieces(context) if piece != "[OPTIONS]"]
    return " ".join(["baotinh", name, *pieces])


def table() -> str:
    rows = [(usage(name, command), command.get_short_help_str(200)) for name, command in sorted(main.commands.items())]
    return "\n".join(f"| `{call}` | {what} |" for call, what in rows)


def test_the_table_of_commands_is_that_of_the_code() -> None:
    section = README.split("## Commands", 1)[1]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    assert "\n".join(rows) == table()


def test_every_path_that_the_readme_names_exists() -> None:
    root = Path(__file__).parent.parent
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (root / path).exists(), path
