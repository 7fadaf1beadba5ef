"""Bodies in every coding that papers send, whole, torn and hostile."""

import contextlib
import gzip
import zlib

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from archive.encodings import CutOffError, UndecodableError, decoded

PAGE = ("<p>Mưa lớn ở Bản Láng, suối dâng nhanh.</p>" * 500).encode()
RAW = zlib.compressobj(wbits=-15)
PACKED = {
    "gzip": gzip.compress(PAGE),
    "x-gzip": gzip.compress(PAGE[:100]) + gzip.compress(PAGE[100:]),
    "deflate": zlib.compress(PAGE),
    "br": brotli.compress(PAGE),
    "zstd": zstandard.compress(PAGE),
}


@pytest.mark.parametrize("coding", PACKED)
def test_every_coding_is_undone(coding: str) -> None:
    assert decoded([("content-encoding", coding.upper())], PACKED[coding]) == PAGE


def test_raw_deflate_under_the_name_of_zlib() -> None:
    assert decoded([("Content-Encoding", "deflate")], RAW.compress(PAGE) + RAW.flush()) == PAGE


def test_codings_are_undone_from_the_last() -> None:
    assert decoded([("Content-Encoding", "gzip, br")], brotli.compress(gzip.compress(PAGE))) == PAGE
    assert decoded([("Content-Type", "text/html"), ("Content-Encoding", "identity")], PAGE) == PAGE


def test_frames_of_zstd_follow_each_other() -> None:
    frames = PACKED["zstd"] + b"\x50\x2a\x4d\x18\x05\x00\x00\x00hello" + PACKED["zstd"]  # RFC 8878 §3.1.2: skipped
    assert decoded([("Content-Encoding", "zstd")], frames) == PAGE * 2
    with pytest.raises(CutOffError):
        decoded([("Content-Encoding", "zstd")], frames[:-1])


@pytest.mark.parametrize("coding", PACKED)
@pytest.mark.parametrize("missing", [1, 20])
def test_a_body_that_is_cut_off_is_no_page(coding: str, missing: int) -> None:
    with pytest.raises(CutOffError):
        decoded([("Content-Encoding", coding)], PACKED[coding][:-missing])


@pytest.mark.parametrize("coding", PACKED)
def test_an_answer_without_a_body_has_none(coding: str) -> None:
    assert decoded([("Content-Encoding", coding)], b"") == b""


@pytest.mark.parametrize("coding", PACKED)
def test_a_bomb_is_stopped_at_the_cap(coding: str) -> None:
    with pytest.raises(UndecodableError, match="more than"):
        decoded([("Content-Encoding", coding)], PACKED[coding], limit=1000)


def test_an_unknown_coding_is_named() -> None:
    with pytest.raises(UndecodableError, match="'pack200'"):
        decoded([("Content-Encoding", "pack200")], PAGE)


@given(st.sampled_from(sorted(PACKED)), st.binary(max_size=300))
def test_any_bytes_are_decoded_or_refused(coding: str, body: bytes) -> None:
    with contextlib.suppress(UndecodableError):
        decoded([("Content-Encoding", coding)], body)
