"""A newspaper on real HTTP into a real archive: new, unchanged, revised, gone; and what must not get out."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from demo_crawl import ROOT, baotinh, crawl, last_run
from past_paper import environment
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
        assert counts["share_304"] > 0.9
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
        (["crawl", "baolamdong", "-a", "origin="], "not an origin: ''"),
        (["crawl", "demo_suoicat", "--metrics", "/nowhere/crawl.prom"], "there is no folder /nowhere"),
        (["crawl", "demo_suoicat", "-s", "RUN_REQUESTS=few"], "-s RUN_REQUESTS=few: give a number"),
        (["crawl", "baolamdong", "-a", "orgin=http://127.0.0.1:9"], "no argument 'orgin'"),
        (["crawl", "demo_suoicat", "--recheck", "often"], "often"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = baotinh(*arguments, data=tmp_path)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("name", "code", "says"),
    [("baolamdong", 1, "set BAOTINH_CONTACT"), ("baonowhere", 2, "unknown spider 'baonowhere'")],
)
def test_scrapy_crawl_says_in_one_line_why_it_does_not(tmp_path: Path, name: str, code: int, says: str) -> None:
    command = [sys.executable, "-m", "scrapy", "crawl", name, "-s", f"DATA_DIR={tmp_path}", "-s", "LOG_LEVEL=WARNING"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, env=environment(), check=False)
    assert done.returncode == code
    assert says in done.stderr
    assert "Traceback" not in done.stderr


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


def test_all_known_articles_gone_at_once_is_said(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    crawl_day(tmp_path, server, paper, 0, "--limit", 8)
    server.fault(r"-\d{6}\.html$", "home")
    done = crawl(tmp_path, server.addresses[PAPER_HOST], "--recheck", "all", "--limit", 0, offset=offset(paper))
    assert done.returncode == 2
    assert "8 articles gone at once (redirect-home): the paper fails, none is marked missing" in done.stderr


def test_a_listing_whose_bytes_were_lost_is_asked_again(tmp_path: Path, server: Server, paper: Newspaper) -> None:
    crawl_day(tmp_path, server, paper, 0, "--limit", 2)
    for file in tmp_path.glob("warc/*/*"):
        file.unlink()
    done = crawl_day(tmp_path, server, paper, 0)
    assert "asked again for https://baosuoicat.example/rss/thoi-su" in done.stderr
    with archive(tmp_path) as conn:
        row = last_run(conn)
        assert (row["outcome"], row["counts"]["requests"]) == ("ok", server.requests() - before(conn))
        assert row["counts"]["listings"]["answered"] == row["counts"]["listings"]["asked"]


def before(conn: sqlite3.Connection) -> int:
    return json.loads(conn.execute("SELECT counts FROM runs WHERE id = 1").fetchone()[0])["requests"]


def test_damaged_counts_of_an_earlier_run_end_a_run_in_one_line(
    tmp_path: Path, server: Server, paper: Newspaper
) -> None:
    crawl_day(tmp_path, server, paper, 0, "--limit", 1)
    with closing(sqlite3.connect(tmp_path / "archive.db")) as conn, conn:
        conn.execute("UPDATE runs SET counts = 'x'")
    done = crawl(tmp_path, server.addresses[PAPER_HOST], "--limit", 1, offset=offset(paper) + 3600)
    assert done.returncode == 1
    assert "the counts of run 1 are damaged" in done.stderr
    assert "Traceback" not in done.stderr
    with archive(tmp_path) as conn:
        row = last_run(conn)
        assert (row["outcome"], row["ended_at"] is not None) == ("failed", True)
