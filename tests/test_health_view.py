"""The command `baotinh health`: table, JSON, exit codes."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest
from click.testing import CliRunner, Result
from health_fixture import DAY, FULL, PAPER, add_run, conn, good_past

from archive.cli import Commands, Context
from archive.health_view import health_, roads
from archive.schema import connect, migrate

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable

__all__ = ["conn"]


@click.group(cls=Commands)
@click.option("--data")
@click.pass_context
def main(ctx: click.Context, data: str) -> None:
    ctx.obj = Context(Path(data))


main.add_command(health_)


@pytest.fixture
def run(conn: sqlite3.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    monkeypatch.setenv("COLUMNS", "200")
    conn.execute("INSERT INTO sources (name, number, title) VALUES ('vietnamvn', 35, 'Vietnam.vn')")
    due = good_past(conn)
    add_run(conn, due, "failed", stopped="blocked", statuses={"403": 8}, failure=None)
    return lambda *words: CliRunner().invoke(main, ["--data", str(tmp_path), "health", *words])


def test_the_table(run: Callable[..., Result]) -> None:
    result = run()
    assert result.exit_code == 0
    lines = [line.split("  ") for line in result.stdout.splitlines()]
    words = [[word.strip() for word in line if word.strip()] for line in lines]
    assert words[0] == ["source", "verdict", "since", "last run", "evidence"]
    assert words[1][:4] == [PAPER, "blocked", "2026-09-17 09:00", "2026-09-17 09:00"]
    assert words[1][4] == "the last run; blocked; statuses 403: 8; listings asked: 3, answered: 3"
    assert words[2] == ["vietnamvn", "never", "no run yet"]


def test_json(run: Callable[..., Result]) -> None:
    result = run("--json", "--source", PAPER)
    (found,) = json.loads(result.stdout)
    assert found == {
        "source": PAPER,
        "title": "Báo Lâm Đồng",
        "verdict": "blocked",
        "since": "2026-09-17T02:00:00+00:00",
        "last_run": "2026-09-17T02:00:00+00:00",
        "last_outcome": "failed",
        "running_since": None,
        "evidence": {
            "runs": 1,
            "stopped": "blocked",
            "statuses": {"403": 8},
            "listings": {"asked": 3, "answered": 3},
            "refused": {"robots": 0},
        },
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fail-on", "blocked,dead"), 1),
        (("--fail-on", "dead, changed-layout"), 0),
        (("--fail-on", "never"), 1),
        (("--fail-on", "never", "--source", PAPER), 0),
        (("--fail-on", "blocked", "--json"), 1),
        ((), 0),
    ],
)
def test_the_exit_code_for_monitoring(run: Callable[..., Result], words: tuple[str, ...], code: int) -> None:
    result = run(*words)
    assert result.exit_code == code
    assert PAPER in result.stdout


def test_mistakes(run: Callable[..., Result]) -> None:
    result = run("--fail-on", "blokced")
    assert result.exit_code == 64
    assert "no verdict 'blokced': give some of fresh, quiet" in result.stderr
    result = run("--source", "nobody")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("baotinh: the archive knows no newspaper 'nobody'")


def test_an_archive_without_newspapers(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "archive.db")) as conn:
        migrate(conn)
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "health", "--fail-on", "dead"])
    assert (result.exit_code, result.stderr) == (0, "The archive knows no newspaper yet: crawl one.\n")
    assert json.loads(CliRunner().invoke(main, ["--data", str(tmp_path), "health", "--json"]).stdout) == []


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("quiet", "nothing new for 216.0 h; the newest of no article"),
        ("late", "no run for 96.0 h (usually 24.0 h)"),
        ("changed layout", "body on 0% of pages (usually 100%); 3 addresses listed (usually 201)"),
    ],
)
def test_every_verdict_has_its_sentence(conn: sqlite3.Connection, tmp_path: Path, verdict: str, words: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    due = good_past(conn, start=now - (13 if verdict == "late" else 10) * DAY)
    if verdict == "changed layout":
        add_run(conn, due, listed=3, fill=FULL | {"body": 0.0})
    elif verdict == "quiet":
        conn.execute("DELETE FROM articles")
        conn.execute("UPDATE runs SET counts = json_set(counts, '$.new', 0)")
    result = CliRunner().invoke(main, ["--data", str(tmp_path), "health"], env={"COLUMNS": "240"})
    assert f" {verdict} " in result.stdout
    assert words in result.stdout


def test_evidence_is_one_line_in_mail(run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    assert len(run().stdout.splitlines()) == 3  # the heading and two newspapers


def test_forbidden_listings_are_named_with_the_reason_the_first_of_them() -> None:
    closed = {"b": "robots", "c": "403", "d": "401", "e": "robots", "f": "403"}
    assert roads(["a", "b"], closed) == (
        "; nothing ever came from a, b (robots.txt forbids it)"
        "; no way to c (it answers 403), d (it answers 401), e (robots.txt forbids it) and 1 more"
    )
    assert roads([], {}) == ""
