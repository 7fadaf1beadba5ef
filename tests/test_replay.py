"""Replay makes the archive again; a killed crawl, run again, is an archive like any other."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from demo_crawl import baotinh
from equal_archives import differences
from soak import run_day, soak

from crawler.demo.paper import demo_papers
from crawler.demo.server import serve
from crawler.families.onecms import OneCmsPage
from crawler.rereading import reread

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def crawled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("crawled")
    paper = demo_papers(size=60)[0]
    with serve(paper) as server:
        for day in range(5):
            run_day(folder, server, paper, day, "--recheck", "all")
    return folder


def test_with_the_same_readers_a_replay_equals_the_archive(crawled: Path) -> None:
    done = baotinh("replay", "--from-archive", data=crawled)
    assert done.returncode == 0, done.stderr
    assert differences(crawled / "archive.db", crawled / "replay" / "archive.db") == {}
    again = baotinh("replay", "--from-archive", data=crawled)
    assert again.returncode == 64
    assert "exists" in again.stderr


def test_newer_readers_show_what_they_change_then_change_it(
    crawled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(crawled, tmp_path / "data")
    database = tmp_path / "data" / "archive.db"
    assert reread(database, tmp_path / "data", apply=False) == []
    monkeypatch.setattr(OneCmsPage, "version", 99)
    title = OneCmsPage.title
    monkeypatch.setattr(OneCmsPage, "title", lambda page: f"{title(page)}!")
    changes = reread(database, tmp_path / "data", apply=False)
    assert changes
    assert {change.fields for change in changes} == {("title", "reader")}
    reread(database, tmp_path / "data", apply=True)
    assert reread(database, tmp_path / "data", apply=False) == []
    found = differences(crawled / "archive.db", database)
    kinds = {row.split('"kind": "')[1].split('"')[0] for row in found["revisions"]}
    assert kinds == {"reader"}


def test_a_crawl_that_is_killed_and_run_again_gives_an_equal_archive(tmp_path: Path) -> None:
    report = soak(tmp_path, size=120, days=3, kills=5, seed=7)
    assert report.different == {}
    assert report.twice <= 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "name WARC files"),
        (["--from-archive"], "no captures"),
        (["--reread", "--from-archive"], "give no WARC files"),
        (["nowhere.warc.gz"], "does not exist"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, arguments: list[str], says: str) -> None:
    done = baotinh("replay", *arguments, data=tmp_path)
    assert done.returncode != 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr
