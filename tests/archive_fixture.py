"""A small archive for tests of reading: real tables, rows put in by SQL."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from archive import keys
from archive.schema import connect, migrate
from archive.text import fold, needs_fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence
    from pathlib import Path

EPOCH = date(1970, 1, 1)

ARTICLES: Sequence[dict[str, Any]] = (
    {
        "day": "2026-09-01",
        "title": "Lâm Đồng khởi công tuyến đường ven hồ",
        "lead": "Tuyến đường dài 12 km nối ba xã vùng ven.",
        "body": "Sáng nay, tỉnh Lâm Đồng khởi công tuyến đường ven hồ.\n\nNgười dân Đà Lạt mong chờ đã lâu.",
        "section": "Thời sự",
    },
    {
        "day": "2026-09-02",
        "title": "Chợ đêm Đà Lạt mở thêm khu hoa",
        "body": "Khu hoa mới rộng 400 m2, mở cửa từ 18 giờ.\n\nKhách đến từ nhiều tỉnh.",
        "section": "Du lịch",
    },
    {
        "day": "2026-09-03",
        "title": "Bệnh viện xã có máy siêu âm",
        "body": "Máy mới giúp bà con khỏi đi xa. Trước đây da lat phải xuống tận huyện.",
        "section": "Y tế",
    },
    {
        "day": "2026-09-04",
        "source": "vietnamvn",
        "title": "افتتاح طريق جديد في لام دونغ",
        "body": "افتتحت المقاطعة طريقًا جديدًا بطول ١٢ كيلومترًا.\n\nقال الأهالي إن المدرسة أصبحت أقرب.",
        "language": "ar",
    },
)


def add_article(conn: sqlite3.Connection, number: int, **fields: Any) -> int:
    """Insert one article with sensible values for what the test does not say; its id is `number`."""
    day = date.fromisoformat(fields.pop("day", "2026-09-01"))
    row: dict[str, Any] = {
        "id": number,
        "search_key": (day - EPOCH).days * 10**10 + 34 * 10**6 + number,
        "source": "baolamdong",
        "url": f"https://baolamdong.vn/bai-{number}.html",
        "title": "Không đề",
        "body": "",
        "published_at": f"{day}T07:00:00+07:00",
        "reader": "onecms/1",
        "first_seen": f"{day}T01:00:00+00:00",
        "last_seen": f"{day}T01:00:00+00:00",
        "last_changed": f"{day}T01:00:00+00:00",
        "language": "vi",
    }
    row |= fields
    for column in ("title", "lead", "body"):
        text = row.get(column)
        row[f"{column}_fold"] = fold(text) if text and needs_fold(text) else None
    names = ", ".join(row)
    values = ", ".join(f":{name}" for name in row)
    conn.execute(f"INSERT INTO articles ({names}) VALUES ({values})", row)  # noqa: S608 — column names
    return number


def make_archive(folder: Path, articles: Sequence[dict[str, Any]] = ARTICLES) -> Path:
    """Make `archive.db` in `folder` with two sources and these articles (ids from 1); returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "archive.db"
    conn = connect(path)
    migrate(conn)
    conn.execute("INSERT INTO sources (name, number, title) VALUES ('baolamdong', 34, 'Báo Lâm Đồng')")
    conn.execute("INSERT INTO sources (name, number, title) VALUES ('vietnamvn', 35, 'Vietnam.vn')")
    for number, article in enumerate(articles, 1):
        add_article(conn, number, **article)
    keys.settle(conn)
    conn.close()
    return path
