"""An archive for the newsroom's tests: edits, vanished and withdrawn articles, Arabic, captured bytes, hostile rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from archive_fixture import add_article, make_archive

from archive import keys
from archive.schema import connect
from archive.text import digest
from archive.warc import WarcWriter

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

EDITED, GONE, MISSING, WITHDRAWN, ARABIC, LONG, HOSTILE, PICTURES = 1, 2, 3, 4, 5, 6, 7, 8
PAGE = b"<!doctype html><title>T</title><script>alert(1)</script><p>bytes as received"
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(1)>\"'><b>&amp;"
FORMULA = '=HYPERLINK("http://evil.example","x")'

OPENING = "Sáng nay, xã Suối Cạn công bố phương án sửa con đập cũ với kinh phí {} tỷ đồng."
PLAN = "Theo phương án, mặt đập được nâng thêm một mét{}, cửa xả cũ thay bằng cửa thép."
LAND = "Ba mươi hai hộ ở thôn Bốn đã đồng ý hiến đất làm đường công vụ."
VOICE = "Ông Trần Văn Mẫu, trưởng thôn Bốn, nói bà con đã chờ việc này nhiều năm."
DELAY = "Việc thi công lùi lại vì chưa chọn được nhà thầu."
SOON, LATER = "Công trình dự kiến xong trước mùa mưa.", "Công trình phải chờ đến năm sau."
EARLY = (OPENING.format("4,2"), PLAN.format(""), LAND, VOICE)
READINGS = (
    ("first", "Xã Suối Cạn chi 3,9 tỷ đồng sửa đập", SOON, (OPENING.format("3,9"), *EARLY[1:])),
    ("content", "Xã Suối Cạn chi 4,2 tỷ đồng sửa đập", SOON, EARLY),
    ("reader", "Xã Suối Cạn chi 4,2 tỷ đồng sửa đập", SOON, (*EARLY, "Tin: phóng viên.")),
    ("content", "Xã Suối Cạn hoãn sửa đập", LATER, (LAND, EARLY[0], PLAN.format(" rưỡi"), DELAY)),
)
PLACES = ("Suối Cạn", "Đồi Thông", "Bến Gỗ", "Hồ Sậy", "Cầu Mây", "Ruộng Bậc", "Chợ Phiên")
MATTERS = (
    ("Thời sự", "họp bàn việc sửa đường vào mùa khô"),
    ("Kinh tế", "được mùa cà phê, giá giữ ở mức khá"),
    ("Văn hóa", "mở hội làng sau ba năm tạm dừng"),
    ("Môi trường", "trồng thêm bốn nghìn cây dọc bờ suối"),
    ("Giáo dục", "khánh thành thư viện cho học sinh"),
)


def insert(conn: sqlite3.Connection, table: str, **row: Any) -> int:
    names, values = ", ".join(f'"{name}"' for name in row), ", ".join("?" for _ in row)
    cursor = conn.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", tuple(row.values()))  # noqa: S608
    return int(cursor.lastrowid or 0)


def add_revision(conn: sqlite3.Connection, id_: int, number: int, kind: str, *texts: str, **more: Any) -> None:
    title, lead, body = texts
    seen_at = more.pop("seen_at", f"2026-08-{11 + number:02}T01:40:00+00:00")
    insert(
        conn,
        "revisions",
        article_id=id_,
        number=number,
        kind=kind,
        seen_at=seen_at,
        reader="onecms/1",
        digest=digest(title, lead, body),
        title=title,
        lead=lead,
        body=body,
        **more,
    )


def capture_page(conn: sqlite3.Connection, data: Path, url: str, run: int) -> int:
    """Write one response into a WARC file and return the id of its row."""
    info = {"software": "baotinh tests"}
    with WarcWriter(data, "baolamdong", f"run-{run}-{len(url)}", info=info) as writer:
        capture = writer.add(
            url=url,
            fetched_from=url,
            fetched_at=datetime(2026, 8, 12, 1, 40, tzinfo=UTC),
            request_headers=(("Host", "baolamdong.vn"),),
            method="GET",
            status=200,
            reason="OK",
            headers=(("Content-Type", "text/html"),),
            body=PAGE,
        )
    return insert(
        conn,
        "captures",
        run_id=run,
        url=url,
        fetched_from=url,
        fetched_at=capture.fetched_at.isoformat(),
        status=200,
        headers="[]",
        file=capture.file,
        offset=capture.offset,
        length=capture.length,
        digest=capture.digest,
    )


def add_edited(conn: sqlite3.Connection, data: Path, run: int) -> None:
    _, title, lead, paragraphs = READINGS[-1]
    body = "\n\n".join(paragraphs)
    url = "https://baolamdong.vn/xa-suoi-can-sua-dap-100001.html"
    add_article(
        conn, EDITED, day="2026-08-12", url=url, title=title, lead=lead, body=body, section="Thời sự",
        authors='["Lê An", "Phạm Bình"]', tags='["đập", "Suối Cạn"]', comment_count=17,
        last_seen="2026-08-20T02:00:00+00:00", last_changed="2026-08-15T01:40:00+00:00",
    )  # fmt: skip
    captured = capture_page(conn, data, url, run)
    for number, (kind, title, lead, paragraphs) in enumerate(READINGS, 1):
        add_revision(conn, EDITED, number, kind, title, lead, "\n\n".join(paragraphs), capture_id=captured)
    for day, count in ((12, 0), (13, 2), (14, 9), (16, 12), (20, 17)):
        seen_at = f"2026-08-{day}T02:00:00+00:00"
        insert(conn, "comment_counts", article_id=EDITED, seen_at=seen_at, count=count, capture_id=captured)
    for alias in (url, "https://baolamdong.vn/amp/xa-suoi-can-sua-dap-100001.html"):
        conn.execute("INSERT INTO aliases VALUES (?, ?)", (alias, EDITED))


def add_special(conn: sqlite3.Connection, data: Path, run: int) -> None:
    gone = {"gone_at": "2026-08-14T02:00:00+00:00", "missing_since": "2026-08-13T02:00:00+00:00"}
    add_article(
        conn, GONE, day="2026-08-10", title="Cảnh báo sạt lở quanh hồ chứa", section="Môi trường",
        lead="Các hộ gần chân đập nên dời tài sản.", body="Mưa lớn kéo dài làm nền đất yếu đi.", **gone,
    )  # fmt: skip
    add_article(conn, MISSING, day="2026-08-11", title="Đường ven hồ tạm đóng", missing_since=gone["gone_at"])
    url = "https://baolamdong.vn/rut-100004.html"
    add_article(
        conn, WITHDRAWN, day="2026-08-11", url=url, title="Bài đã rút tên riêng",
        body="Chuyện riêng không nên đọc.", withdrawn_at="2026-08-30T00:00:00+00:00",
    )  # fmt: skip
    said = {"category": "privacy", "method": "seal", "state": "done", "withdrawn_at": "2026-08-30T00:00:00+00:00"}
    insert(conn, "withdrawals", article_id=WITHDRAWN, url=url, **said)
    captured = capture_page(conn, data, url, run)
    add_revision(conn, WITHDRAWN, 1, "first", "Bài đã rút tên riêng", "", "Chuyện riêng.", capture_id=captured)
    add_revision(conn, WITHDRAWN, 2, "content", "Bài đã rút tên khác", "", "Chuyện riêng nữa.")
    add_article(
        conn, ARABIC, day="2026-08-14", search_key=206790035000000 + ARABIC, source="vietnamvn",
        language="ar", comment_count=0,
        title="البلدية تؤجل إصلاح السد القديم", lead="يؤجل المشروع إلى العام المقبل.",
        body="أعلنت البلدية صباح اليوم خطة إصلاح السد بتكلفة ٤٫٢ مليار دونغ.\n\nوقال السكان إنهم ينتظرون منذ سنوات.",
        source_url="https://baolamdong.vn/xa-suoi-can-sua-dap-100001.html",
        url="https://www.vietnam.vn/ar/al-sad-100005", section="أخبار",
    )  # fmt: skip
    title = "Xã Hồ Sậy " + "và những con đường dài nối các thôn xa với chợ huyện trong mùa mưa " * 4
    add_article(conn, LONG, day="2026-08-16", title=title.strip()[:300], lead="Một tít rất dài.", body="Ngắn.")
    images = [
        {"url": "https://cdn.baolamdong.vn/a.jpg", "caption": "Con đập cũ nhìn từ thôn Bốn"},
        {"url": "javascript:alert(1)"},
    ]
    add_article(conn, PICTURES, day="2026-08-17", title="Ảnh: mùa nước về", body="Chùm ảnh.", images=json.dumps(images))


def add_hostile(conn: sqlite3.Connection) -> None:
    """Put what should never run or break a page into every column that takes text."""
    columns = ("section", "published_raw", "lead", "body", "body_html", "reader", "image_url")
    add_article(
        conn, HOSTILE, day="2026-08-18", title=f"đập {SCRIPT}", url="javascript:alert(1)//đập",
        **dict.fromkeys(columns, f"{FORMULA} {SCRIPT} đập"), language="\"><script>alert(1)</script>",
        authors='["=1+1", "<script>alert(1)</script>"]', tags='["@SUM(A1)", "</a><script>alert(1)</script>"]',
        images='[{"url": "javascript:alert(1)", "caption": "<script>alert(1)</script>"}]',
        source_url="javascript:alert(1)", modified_at="<script>alert(1)</script>", comment_count=1,
        gone_at="2026-08-19T00:00:00+00:00",
    )  # fmt: skip
    conn.execute("UPDATE articles SET published_at = '<script>alert(1)</script>' WHERE id = ?", (HOSTILE,))
    add_revision(conn, HOSTILE, 1, "first", "đập", FORMULA, SCRIPT)
    add_revision(conn, HOSTILE, 2, "content", f"đập {SCRIPT}", SCRIPT, f"{FORMULA} {SCRIPT} đập")
    insert(conn, "comment_counts", article_id=HOSTILE, seen_at="<script>alert(1)</script>", count=1)
    insert(conn, "comment_counts", article_id=HOSTILE, seen_at="x", count=3)


def add_many(conn: sqlite3.Connection) -> None:
    """Fill months with small articles, so that facets, histogram and pages have something to show."""
    start = datetime(2025, 3, 3, tzinfo=UTC)
    for number in range(120):
        place, (section, matter) = PLACES[number % 7], MATTERS[number % 5]
        day = (start + timedelta(days=number * 4)).date().isoformat()
        add_article(
            conn, 100 + number, day=day, title=f"{place} {matter}", section=section,
            lead=f"Tin từ xã {place}, ngày thứ {number}.", authors='["Lê An"]' if number % 3 else "[]",
            body=f"Người dân {place} cho biết việc này có ích cho cả vùng.\n\nXã sẽ báo cáo trong quý tới.",
            comment_count=number % 4 or None, tags='["đời sống"]',
        )  # fmt: skip


def build(data: Path) -> Path:
    """Build the archive in `data` and return the folder."""
    conn = connect(make_archive(data, ()))
    conn.execute("UPDATE sources SET province = 'Lâm Đồng', domains = '[\"baolamdong.vn\"]' WHERE number = 34")
    conn.execute("UPDATE sources SET language = 'ar' WHERE number = 35")
    counts = {"source": "baolamdong", "started_at": "2026-08-20T01:00:00+00:00", "outcome": "ok"}
    run = insert(conn, "runs", **counts)
    add_edited(conn, data, run)
    add_special(conn, data, run)
    add_many(conn)
    add_hostile(conn)
    keys.settle(conn)
    conn.close()
    return data
