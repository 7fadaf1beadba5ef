"""Captured bytes: written, read back, revisited, checked, mended, refused."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import subprocess
import sys
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.schema import ArchiveError
from archive.warc import Record, WarcWriter, file_of, mend, read, records

if TYPE_CHECKING:
    from archive.items import Capture

NOW = datetime(2026, 9, 1, 2, 30, 5, tzinfo=UTC)
URL = "https://baosuoicat.example/cau-moi-100001.html"
PAGE = "<html><h1>Cầu mới qua Suối Cát</h1><p>Đá Đen.</p></html>".encode()
DATE = "Tue, 01 Sep 2026 01:00:00 GMT"
HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("ETag", '"a1"'), ("Last-Modified", DATE))
SENT = (("User-Agent", "baotinh"), ("Accept-Encoding", "gzip"))


def writer(data: Path, run: str = "20260901T023000Z-1", **options: Any) -> WarcWriter:
    return WarcWriter(data, "baosuoicat", run, info={"software": "baotinh"}, **options)


def add(to: WarcWriter, body: bytes = PAGE, **fields: Any) -> Capture:
    values = {"url": URL, "fetched_at": NOW, "status": 200, "reason": "OK", "headers": HEADERS, "request_headers": SENT}
    return to.add(body=body, **(values | fields))


def raw_records(path: Path) -> list[tuple[dict[str, str], bytes]]:
    """Every record as warcio reads it, without interpreting HTTP: header fields and block."""
    with path.open("rb") as stream:
        walk = ArchiveIterator(stream, no_record_parse=True)
        return [(dict(record.rec_headers.headers), record.raw_stream.read()) for record in walk]


def check(path: Path) -> str:
    """What `warcio check` says: nothing when all is well."""
    command = [sys.executable, "-m", "warcio.cli", "check", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def assert_well_formed(path: Path) -> None:
    """The file passes `warcio check`, and each record is a gzip member of its own."""
    assert check(path) == ""
    data, members = path.read_bytes(), 0
    while data:
        unpack = zlib.decompressobj(31)
        unpack.decompress(data)
        assert unpack.eof
        data, members = unpack.unused_data, members + 1
    assert members == len(raw_records(path))


# Writing and reading


def test_a_response_is_read_back_as_it_was_captured(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        captures = [add(warc), add(warc, gzip.compress(PAGE), url=URL + "?2"), add(warc, b"", status=204)]
    assert [one.file for one in captures] == ["warc/baosuoicat/20260901T023000Z-1.warc.gz"] * 3
    found = list(records(warc.path))
    assert [one.capture(warc.file) for one in found] == captures
    assert [read(tmp_path, warc.file, one.offset) for one in captures] == found
    assert [one.body for one in found] == [PAGE, gzip.compress(PAGE), b""]
    assert captures[0].digest == hashlib.sha256(PAGE).hexdigest()
    assert (captures[0].etag, captures[0].last_modified) == ('"a1"', DATE)
    assert found[0].fetched_at == NOW
    assert_well_formed(warc.path)


def test_the_records_are_those_of_warc_1_1(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        add(warc, fetched_from="http://127.0.0.1:8081/cau-moi-100001.html?x=1", ip="127.0.0.1")
    assert gzip.decompress(warc.path.read_bytes()).startswith(b"WARC/1.1\r\nWARC-Type: warcinfo\r\n")
    info, response, request = raw_records(warc.path)
    assert info[0]["WARC-Filename"] == warc.path.name
    assert info[1] == b"software: baotinh\r\n"
    assert response[0]["WARC-Type"] == "response"
    assert response[0]["WARC-Target-URI"] == URL
    assert response[0]["Fetched-From"] == "http://127.0.0.1:8081/cau-moi-100001.html?x=1"
    assert response[0]["WARC-Date"] == "2026-09-01T02:30:05Z"
    assert response[0]["WARC-IP-Address"] == "127.0.0.1"
    assert response[0]["WARC-Payload-Digest"] == f"sha256:{hashlib.sha256(PAGE).hexdigest()}"
    assert response[1].startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n")
    assert response[1].endswith(b"\r\n\r\n" + PAGE)
    assert request[0]["WARC-Concurrent-To"] == response[0]["WARC-Record-ID"]
    assert request[1].startswith(
        b"GET /cau-moi-100001.html?x=1 HTTP/1.1\r\nHost: 127.0.0.1:8081\r\nUser-Agent: baotinh\r\n"
    )


def test_a_second_writer_appends(tmp_path: Path) -> None:
    for number in range(3):
        with writer(tmp_path) as warc:
            add(warc, url=f"{URL}?{number}")
    assert [record.url for record in records(warc.path)] == [f"{URL}?{number}" for number in range(3)]
    assert [fields["WARC-Type"] for fields, _ in raw_records(warc.path)].count("warcinfo") == 1
    assert_well_formed(warc.path)


def test_what_was_added_waits_in_no_buffer_that_a_kill_would_empty(tmp_path: Path) -> None:
    warc = writer(tmp_path)
    capture = add(warc)
    assert read(tmp_path, capture.file, capture.offset).body == PAGE
    warc.sync()
    warc.close()
    warc.close()
    assert read(tmp_path, capture.file, capture.offset).body == PAGE


def test_the_length_told_is_that_of_the_bytes_kept(tmp_path: Path) -> None:
    sent = (*HEADERS, ("Transfer-Encoding", "chunked"), ("content-length", "7"), ("X-Twice", "1"), ("X-Twice", "2"))
    with writer(tmp_path) as warc:
        capture = add(warc, headers=sent)
    assert capture.headers == (*HEADERS, ("X-Twice", "1"), ("X-Twice", "2"), ("Content-Length", str(len(PAGE))))


def test_header_bytes_beyond_ascii_stay_as_they_came(tmp_path: Path) -> None:
    wire = {"Location": "/tin-tức/đá", "X-Old": b"caf\xe9".decode("latin-1")}
    handed = [(name, value.encode().decode("latin-1") if name == "Location" else value) for name, value in wire.items()]
    with writer(tmp_path) as warc:
        capture = add(warc, headers=handed)
    assert dict(capture.headers) == {**wire, "Content-Length": str(len(PAGE))}
    assert next(iter(records(warc.path))).headers == capture.headers
    block = raw_records(warc.path)[1][1]
    assert "Location: /tin-tức/đá\r\n".encode() in block
    assert b"X-Old: caf\xe9\r\n" in block or "X-Old: café\r\n".encode() in block


def test_a_header_cannot_bring_another_along(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        capture = add(warc, headers=[("X-A", "1\r\nX-B: 2\n\n<html>")], reason="OK\r\nX-C: 3")
    assert capture.headers == (("X-A", "1 X-B: 2 <html>"), ("Content-Length", str(len(PAGE))))
    assert [(one.headers, one.body) for one in records(warc.path)] == [(capture.headers, PAGE)]


ODD_NAMES = ("ETag", "Content-Length", "Transfer-Encoding", "Set-Cookie", " X", "a:b", "")
NAMES = st.one_of(st.sampled_from(ODD_NAMES), st.text(max_size=8))
VALUES = st.text(max_size=30)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(NAMES, VALUES), max_size=5),
            st.binary(max_size=300),
            st.integers(100, 599).filter(lambda status: status != 304),
            st.text(max_size=10),
            st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        ),
        max_size=4,
    )
)
def test_hostile_responses_round_trip(tmp_path_factory: pytest.TempPathFactory, responses: list[Any]) -> None:
    data = tmp_path_factory.mktemp("warc")
    with writer(data) as warc:
        captures = [
            add(warc, body, headers=headers, request_headers=headers, status=status, reason=reason, fetched_at=moment)
            for headers, body, status, reason, moment in responses
        ]
    found = list(records(warc.path))
    assert [record.capture(warc.file) for record in found] == captures
    assert [record.body for record in found] == [body for _, body, *_ in responses]
    assert [read(data, one.file, one.offset) for one in captures] == found
    assert mend(warc.path) == 0


# Revisits


def test_not_modified_and_equal_bytes_are_revisits(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        first = add(warc)
        later = NOW + timedelta(hours=1)
        unmodified = add(warc, b"", status=304, reason="Not Modified", fetched_at=later, revisit_of=first)
        equal = add(warc, url=URL + "?amp=1", fetched_at=later, revisit_of=first)
        other = add(warc, b"other", fetched_at=later, revisit_of=first)
    place = (first.file, first.offset)
    assert [one.revisit_of for one in (unmodified, equal, other)] == [place, place, None]
    assert (unmodified.digest, equal.digest) == (None, first.digest)
    fields = [fields for fields, _ in raw_records(warc.path) if fields["WARC-Type"] != "request"]
    assert [one["WARC-Type"] for one in fields] == ["warcinfo", "response", "revisit", "revisit", "response"]
    profile = "http://netpreserve.org/warc/1.1/revisit/"
    assert [one.get("WARC-Profile") for one in fields[2:4]] == [
        profile + "server-not-modified",
        profile + "identical-payload-digest",
    ]
    for one in fields[2:4]:
        assert (one["WARC-Refers-To-Target-URI"], one["WARC-Refers-To-Date"]) == (URL, "2026-09-01T02:30:05Z")
    assert fields[3]["WARC-Payload-Digest"] == f"sha256:{first.digest}"
    found = list(records(warc.path))
    assert [(one.type, one.body, one.refers_to) for one in found[1:3]] == [("revisit", b"", (URL, NOW))] * 2
    assert [one.capture(warc.file, place) for one in found[1:3]] == [unmodified, equal]
    assert read(tmp_path, equal.file, equal.offset).status == 200
    assert_well_formed(warc.path)


def test_not_modified_without_a_known_body_is_kept_in_full(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        capture = add(warc, b"", status=304)
    assert capture.revisit_of is None
    assert [record.capture(warc.file) for record in records(warc.path)] == [capture]
    assert_well_formed(warc.path)


# Refusals


def test_what_cannot_stand_in_a_record_is_refused(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        first = add(warc)
        revisit = add(warc, revisit_of=first)
        for fields in (
            {"url": "https://a.example/x y"},
            {"url": "https://a.example/\r\nWARC-Type: response"},
            {"fetched_from": "http://127.0.0.1/\n"},
            {"fetched_at": NOW.replace(tzinfo=None)},
            {"revisit_of": revisit},
        ):
            with pytest.raises(ValueError, match=r"address|zone|revisit"):
                add(warc, **fields)
        last = add(warc)
    assert len(list(records(warc.path))) == 3
    assert read(tmp_path, last.file, last.offset).body == PAGE


@pytest.mark.parametrize("name", ["", "..", "a/b", "../x", "-rf", "a b", "tin-tức", "a\x00"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    for source, run in ((name, "1"), ("baosuoicat", name)):
        with pytest.raises(ValueError, match="file name"):
            file_of(source, run)


def test_reading_what_is_not_there_says_so(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        capture = add(warc)
    for file, offset, words in (
        ("warc/baosuoicat/2.warc.gz", 0, "cannot be read"),
        (capture.file, 0, "no response begins at byte 0"),
        (capture.file, capture.offset + 1, "damaged|no response begins|does not end"),
        (capture.file, 10**9, "no response begins"),
        ("../outside.warc.gz", 0, "outside of the data folder"),
    ):
        with pytest.raises(ArchiveError, match=words):
            read(tmp_path, file, offset)


def test_damaged_bytes_are_never_handed_out(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        capture = add(warc)
        add(warc)
    whole = warc.path.read_bytes()
    good = read(tmp_path, capture.file, capture.offset)
    for at in range(capture.offset, capture.offset + capture.length, 7):
        warc.path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            found: Record | None = read(tmp_path, capture.file, capture.offset)
        except ArchiveError:
            found = None
        assert found is None or (found.body, found.url) == (good.body, good.url)


def test_bytes_that_belie_their_digest_are_refused(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        capture = add(warc)
    whole = warc.path.read_bytes()
    record = gzip.decompress(whole[capture.offset : capture.offset + capture.length])
    forged = gzip.compress(record.replace(b"<p>", b"<b>"))
    warc.path.write_bytes(whole[: capture.offset] + forged)
    with pytest.raises(ArchiveError, match="damaged"):
        read(tmp_path, capture.file, capture.offset)


LIMITED = """
import resource, sys
from pathlib import Path
from test_warc import PAGE, add, writer
from archive.schema import ArchiveError
warc = writer(Path(sys.argv[1]), level=0)
kept = [add(warc, b"x" * 50_000)]
warc.sync()
resource.setrlimit(resource.RLIMIT_FSIZE, (warc.path.stat().st_size + 10_000, resource.RLIM_INFINITY))
try:
    kept.append(add(warc, b"y" * 50_000))
except ArchiveError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
kept.append(add(warc))
warc.close()
print([capture.offset for capture in kept])
"""


def test_no_room_is_told_and_nothing_torn_is_left(tmp_path: Path) -> None:
    folders = f"{Path(__file__).parent}:{Path(__file__).parent.parent}"
    command = [sys.executable, "-c", LIMITED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={"PYTHONPATH": folders})
    told, offsets = done.stdout.splitlines()
    assert told.endswith(": the disk is full: make room, then run again (File too large)")
    path = next((tmp_path / "warc").rglob("*.gz"))
    assert str([record.offset for record in records(path)]) == offsets
    assert_well_formed(path)


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "warc").write_text("in the way")
    with pytest.raises(ArchiveError, match=r"1\.warc\.gz: cannot be written: "):
        writer(tmp_path)


# Torn files


def test_a_file_cut_at_any_byte_is_mended_to_its_last_whole_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archive.warc_tail.os.fsync", lambda _: None)  # 3,000 times here
    with writer(tmp_path) as warc:
        captures = [add(warc, url=f"{URL}?{number}") for number in range(3)]
    whole = warc.path.read_bytes()
    ends = {0, len(whole)}
    ends |= {one.offset for one in captures} | {one.offset + one.length for one in captures}
    for cut in range(len(whole) + 1):
        warc.path.write_bytes(whole[:cut])
        end = max(known for known in ends if known <= cut)
        assert mend(warc.path) == cut - end, cut
        assert warc.path.read_bytes() == whole[:end]
    for start in sorted(ends):
        warc.path.write_bytes(whole[:-5])
        assert mend(warc.path, min(start, captures[-1].offset)) > 0


def test_a_new_writer_mends_and_goes_on(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        add(warc)
        lost = add(warc, url=URL + "?lost")
    whole = warc.path.read_bytes()
    for cut in (3, lost.offset + 1, lost.offset + lost.length - 1, len(whole) - 1):
        warc.path.write_bytes(whole[:cut])
        with writer(tmp_path) as warc:
            again = add(warc, url=URL + "?again")
        assert [record.url for record in records(warc.path)][-1] == again.url
        assert_well_formed(warc.path)


@pytest.mark.parametrize("tail", [b"\0" * 5000, b"\x1f\x8b\x08" + b"\xff" * 50, b"no record"])
def test_a_tail_of_rubbish_is_cut(tmp_path: Path, tail: bytes) -> None:
    with writer(tmp_path) as warc:
        add(warc)
    whole = warc.path.read_bytes()
    warc.path.write_bytes(whole + tail)
    with pytest.raises(ArchiveError, match=r"damaged|torn"):
        list(records(warc.path))
    assert mend(warc.path) == len(tail)
    assert warc.path.read_bytes() == whole


def test_damage_before_whole_records_is_no_torn_tail(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        damaged, _ = add(warc), add(warc)
    whole = bytearray(warc.path.read_bytes())
    whole[damaged.offset + 20 : damaged.offset + 60] = b"\0" * 40
    warc.path.write_bytes(whole)
    with pytest.raises(ArchiveError, match=f"damaged at byte {damaged.offset}.*nothing was cut"):
        mend(warc.path)
    assert warc.path.read_bytes() == whole


def test_a_flipped_byte_is_told_once_and_not_on_the_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with writer(tmp_path) as warc:
        captures = [add(warc, os.urandom(100_000)) for _ in range(3)]
    raw = bytearray(warc.path.read_bytes())
    raw[captures[1].offset + 50_000] ^= 0x10
    warc.path.write_bytes(raw)
    with pytest.raises(ArchiveError, match=f"damaged after byte {captures[1].offset}, .* from a backup"):
        list(records(warc.path))
    assert capfd.readouterr() == ("", "")


def test_a_torn_file_gives_its_whole_records_then_says_so(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        first, second = add(warc), add(warc, url=URL + "?2")
    whole = warc.path.read_bytes()
    for cut in (second.offset + 30, second.offset + second.length // 2, len(whole) - 20):
        warc.path.write_bytes(whole[:cut])
        found = records(warc.path)
        assert next(found).url == first.url
        with pytest.raises(ArchiveError, match=r"cut short|torn|damaged"):
            list(found)


# Other crawlers' files


def foreign(path: Path, *, packed: bool, version: str, bodies: list[bytes]) -> None:
    with path.open("wb") as out:
        to = WARCWriter(out, gzip=packed, warc_version=version)
        to.write_record(to.create_warcinfo_record(path.name, {"software": "another"}))
        to.write_record(
            to.create_warc_record(
                "dns:a.example", "response", payload=io.BytesIO(b"1.2.3.4"), warc_content_type="text/dns"
            )
        )
        for number, body in enumerate(bodies):
            head = StatusAndHeaders("200 OK", [("Transfer-Encoding", "chunked")], protocol="HTTP/1.1")
            chunks = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
            url = f"http://a.example/{number}"
            to.write_record(to.create_warc_record(url, "response", payload=io.BytesIO(chunks), http_headers=head))


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_a_foreign_file_is_read_too(tmp_path: Path, packed: bool, version: str) -> None:
    path = tmp_path / "foreign.warc"
    foreign(path, packed=packed, version=version, bodies=[b"one", PAGE])
    found = list(records(path))
    assert [(one.url, one.status, one.body) for one in found] == [
        ("http://a.example/0", 200, b"one"),
        ("http://a.example/1", 200, PAGE),
    ]
    assert found[1].digest == hashlib.sha256(PAGE).hexdigest()
    assert found[1].headers == ()
    assert [one.url for one in records(path, found[1].offset)] == ["http://a.example/1"]


@pytest.mark.parametrize("content", [b"", b"<html>no archive</html>", gzip.compress(b"text"), b"WARC/1.1\r\n\r\n"])
def test_a_file_that_is_no_warc_gives_nothing_or_says_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.warc.gz"
    path.write_bytes(content)
    if content in {b"", b"WARC/1.1\r\n\r\n"}:
        assert list(records(path)) == []
        return
    with pytest.raises(ArchiveError, match=r"x\.warc\.gz: .*no WARC file"):
        list(records(path))


def test_memory_stays_flat_over_a_long_file(tmp_path: Path) -> None:
    body = b"x" * 300_000
    with writer(tmp_path, level=1) as warc:
        for _ in range(100):
            add(warc, body)
    tracemalloc.start()
    assert sum(len(record.body) for record in records(warc.path)) == 100 * len(body)
    assert mend(warc.path) == 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10 * len(body)


def test_a_body_beyond_all_measure_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with writer(tmp_path) as warc:
        add(warc, b"x" * 101)
        add(warc, b"y" * 100)
    monkeypatch.setattr("archive.warc_reader.MAX_BODY", 100)
    assert [(one.truncated, len(one.body)) for one in records(warc.path)] == [(True, 0), (False, 100)]


def test_a_file_that_is_cut_anywhere_is_said_to_be_torn(tmp_path: Path) -> None:
    with writer(tmp_path) as warc:
        for body in (b"one" * 200, b"two" * 300, b"three"):
            add(warc, body)
    raw = warc.path.read_bytes()
    with warc.path.open("rb") as stream:
        walk = ArchiveIterator(stream)
        whole = {walk.get_record_offset() for _ in walk}
    everything = list(records(warc.path))
    path = tmp_path / "cut.warc.gz"
    for size in range(1, len(raw)):
        path.write_bytes(raw[:size])
        if size in whole:
            assert list(records(path)) == [record for record in everything if record.offset < size]
            continue
        with pytest.raises(ArchiveError, match=r"torn after byte|cut short|damaged after byte|no WARC file"):
            list(records(path))


def test_nothing_of_a_file_reaches_the_terminal(tmp_path: Path) -> None:
    block = b"HTTP/1.1 200 OK\r\n\r\nbody"
    fields = (
        f"WARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{'0' * 8}-0000-4000-8000-{'0' * 12}>\r\n"
        "WARC-Date: 2026-09-01T02:00:00Z\r\nWARC-Target-URI: https://baosuoicat.example/a \x1b[2J\r\n"
        f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(block)}\r\n"
    )
    path = tmp_path / "foreign.warc"
    path.write_bytes(f"WARC/1.0\r\n{fields}\r\n".encode() + block + b"\r\n\r\n")
    program = (
        "import sys, pathlib; from archive.warc import records; print(len(list(records(pathlib.Path(sys.argv[1])))))"
    )
    done = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"1\n", b"")
