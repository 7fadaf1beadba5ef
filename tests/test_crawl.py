"""A newspaper on real HTTP into a real archive: new, unchanged, revised, gone; and what must not get out."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo_crawl import baotinh, crawl, last_run
from warcio.archiveiterator import ArchiveIterator

from crawler.demo.paper import PAPER_HOST, Newspaper, demo_papers
from crawler.demo.server import Server, serve


@pytest.fixture
def paper() -> Newspaper:
    return demo_papers(size=40)[0]


@pytest.fixture
def server(paper: Newspaper):
    with serve(paper) as running:
        yield running


def offset(paper: Newspaper) -> float:
    return (paper.now - datetime.now(UTC)).total_seconds()


def crawl_day(data: Path, server: Server, paper: Newspaper, day: int, *arguments: object):
    server.set_clock(day)
    done = crawl(data, server.addresses[PAPER_HOST], *arguments, offset=offset(paper))
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def archive(data: Path) -> closing[sqlite3.Connection]:
    conn = sqlite3.connect(f"file:{data / 'archive.db'}?mode=ro", uri=True)
    conn.row_factory = sqlite3.Row
    return closing(conn)


def test_a_newspaper_over_its_days(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    crawl_day(tmp_path, server, paper, 0)
    shown = {paper.address(state.story): state for state in paper.visible()}
    with archive(tmp_path) as conn:
        rows = {row["url"]: dict(row) for row in conn.execute("SELECT * FROM articles")}
        assert set(rows) == set(shown)
        for url, state in shown.items():
            assert rows[url]["title"] == state.title
            assert rows[url]["body"] == "\n\n".join(state.paragraphs)
            assert rows[url]["comment_count"] == state.comment_count
            assert rows[url]["reader"].startswith("onecms/")
            assert rows[url]["published_at"] == state.story.published.isoformat()
        assert last_run(conn)["counts"]["new"] == len(shown)

    server.reset_counts()
    crawl_day(tmp_path, server, paper, 0, "--recheck", "all")
    with archive(tmp_path) as conn:
        counts = last_run(conn)["counts"]
        assert counts["unchanged"] == len(shown)
        assert counts.get("revised", 0) == 0
        assert conn.execute("SELECT count(*) FROM revisions").fetchone()[0] == len(shown)
    assert server.requests(status=304) >= len(shown)

    for day in (1, 2, 3, 4):
        crawl_day(tmp_path, server, paper, day, "--recheck", "all")
    with archive(tmp_path) as conn:
        for story in paper.newest():
            state = paper.state(story)
            row = conn.execute("SELECT * FROM articles WHERE url = ?", [paper.address(story)]).fetchone()
            assert row["title"] == state.title, story.slug
            assert (row["gone_at"] is not None) == (state.standing == "removed" and story.published < paper.now)
            edits = len({event.day for event in story.events if event.kind == "edit"})
            numbers = conn.execute("SELECT max(number) FROM revisions WHERE article_id = ?", [row["id"]]).fetchone()
            assert numbers[0] == 1 + edits, story.slug
        assert conn.execute("SELECT count(*) FROM comment_counts").fetchone()[0] > 0


def test_every_row_leads_to_its_bytes(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    crawl_day(tmp_path, server, paper, 0, "--limit", 5)
    with archive(tmp_path) as conn:
        captures = conn.execute("SELECT * FROM captures").fetchall()
        assert conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 5
        first = conn.execute("SELECT capture_id FROM revisions LIMIT 1").fetchone()[0]
    for capture in captures:
        with (tmp_path / capture["file"]).open("rb") as stream:
            stream.seek(capture["offset"])
            record = next(iter(ArchiveIterator(stream)))
            assert record.rec_headers["WARC-Target-URI"] == capture["url"]
            assert record.rec_type == ("response" if capture["revisit_of"] is None else "revisit")
        assert capture["url"].startswith(f"https://{PAPER_HOST}/")
        assert capture["fetched_from"].startswith(server.addresses[PAPER_HOST])
    assert first in {capture["id"] for capture in captures}
    [file] = tmp_path.glob("warc/demo_suoicat/*.warc.gz")
    command = [Path(sys.executable).with_name("warcio"), "check", "-v", file]
    check = subprocess.run(command, capture_output=True, text=True, check=False)
    assert check.returncode == 0, check.stdout + check.stderr


def test_a_redirect_and_a_sitemap_that_name_the_paper_stay_at_the_origin(
    tmp_path: Path, server: Server, paper: Newspaper
) -> None:
    story = next(state.story for state in paper.visible())
    old = paper.path(story).replace(str(story.number), "100001")
    server.fault(f"^{paper.path(story)}$", "redirect", to=f"https://{PAPER_HOST}{old}", times=1)
    crawl_day(tmp_path, server, paper, 0)
    with archive(tmp_path) as conn:
        hosts = {row[0].split("/")[2] for row in conn.execute("SELECT fetched_from FROM captures")}
    assert {f"http://{host}" for host in hosts} == {server.addresses[PAPER_HOST]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["crawl", "baonowhere"], "unknown source 'baonowhere'"),
        (["crawl"], "name the sources to crawl, or give --all"),
        (["crawl", "baolamdong"], "BAOTINH_CONTACT"),
        (["crawl", "demo_suoicat", "-a", "origin=ftp://x"], "not an origin"),
        (["crawl", "demo_suoicat", "-s", "nonsense"], "NAME=VALUE"),
        (["crawl", "demo_suoicat", "--recheck", "often"], "often"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = baotinh(*arguments, data=tmp_path)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_a_paper_that_does_not_answer_fails_and_marks_nothing(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    crawl_day(tmp_path, server, paper, 0, "--limit", 5)
    server.fault(".*", "status", status=500)
    done = crawl(tmp_path, server.addresses[PAPER_HOST], "--recheck", "all", offset=offset(paper) + 86400)
    assert done.returncode == 1
    with archive(tmp_path) as conn:
        assert last_run(conn)["outcome"] == "failed"
        assert conn.execute("SELECT count(*) FROM articles WHERE missing_since IS NOT NULL").fetchone()[0] == 0


def test_robots_are_obeyed(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    server.fault(r"^/robots\.txt$", "body", body=b"User-agent: *\nDisallow: /\n", content_type="text/plain")
    crawl(tmp_path, server.addresses[PAPER_HOST], offset=offset(paper))
    assert {target for (_, target, _), n in server.counts.items() if n} == {"/robots.txt"}


def test_a_challenge_is_never_an_article(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    server.fault(r"-\d{6}\.html$", "challenge")
    crawl(tmp_path, server.addresses[PAPER_HOST], "--limit", 3, offset=offset(paper))
    with archive(tmp_path) as conn:
        assert conn.execute("SELECT count(*) FROM articles").fetchone()[0] == 0
        assert last_run(conn)["counts"]["not_articles"]["challenge"] == 3
