"""What a run commits, and when: a capture never before the item that was read from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive import runs
from archive.items import Article, Source
from crawler.session import AlreadyRunning, Session

if TYPE_CHECKING:
    from pathlib import Path

    from archive.items import Capture

SOURCE = Source("baosuoicat", 99, "Báo Suối Cát", domains=("baosuoicat.example",))
URL = "https://baosuoicat.example/cau-moi-100001.html"


def opened(data: Path) -> Session:
    return Session(data, SOURCE, info={"software": "test"})


def captured(session: Session) -> Capture:
    return session.capture(
        reading=True, url=URL, status=200, headers=[("Content-Type", "text/html")], body=b"<h1>Cau</h1>"
    )


def article(capture: Capture) -> Article:
    return Article(URL, "Cầu mới", "Cầu đã thông.", reader="onecms/1", source="baosuoicat", capture=capture)


def rows(session: Session) -> tuple[int, int]:
    count = session.store.conn.execute("SELECT (SELECT count(*) FROM captures), (SELECT count(*) FROM articles)")
    return tuple(count.fetchone())


def test_a_capture_waits_for_its_item(tmp_path: Path) -> None:
    session = opened(tmp_path)
    capture = captured(session)
    session.flush()
    assert rows(session) == (0, 0)
    session.keep(article(capture))
    assert list(session.flush()) == ["new"]
    assert rows(session) == (1, 1)
    session.close("ok", 0, {})


def test_a_capture_that_gave_no_item_is_written_alone(tmp_path: Path) -> None:
    session = opened(tmp_path)
    session.done(captured(session))
    session.flush()
    assert rows(session) == (1, 0)
    session.close("ok", 0, {})


def test_a_run_whose_items_never_came_stays_open_for_the_next(tmp_path: Path) -> None:
    session = opened(tmp_path)
    captured(session)
    session.close("failed", 1, {"requests": 1})
    again = opened(tmp_path)
    [left] = [run for run in runs.unfinished(again.store.conn, "baosuoicat") if run["id"] != again.run_id]
    assert (left["outcome"], left["exit_code"]) == ("failed", 1)
    assert [capture.url for capture, _ in runs.unrecorded(again.store.conn, tmp_path, left)] == [URL]
    again.close("ok", 0, {})
    assert again.store.path.exists()


def test_one_run_a_source(tmp_path: Path) -> None:
    first = opened(tmp_path)
    with pytest.raises(AlreadyRunning, match="baosuoicat: already running"):
        opened(tmp_path)
    first.close("ok", 0, {})
    opened(tmp_path).close("ok", 0, {})
