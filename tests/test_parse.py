"""`baotinh parse` as a command: one page, standard input, gzip, many pages, and whatever is wrong with them."""

import gzip
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from crawler import parse as module
from crawler.parse import FIELDS, parse

PAGES = Path(__file__).parent / "pages"
URL = "https://baolamdong.vn/tram-nuoc-ban-lang-cap-nuoc-tro-lai-412001.html"
SAVED = PAGES / "baolamdong" / "tram-nuoc-ban-lang.html.gz"
ELSEWHERE = "https://example.org/2026/01/a-page-of-no-source.html"


def run(*arguments: object, given: bytes | str | None = None) -> Result:
    return CliRunner().invoke(parse, [str(argument) for argument in arguments], input=given)


def test_one_page_is_one_object_with_the_public_keys():
    result = run(SAVED, "--url", URL)
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert list(answer) == ["kind", *FIELDS]
    assert answer["kind"] == "article"
    assert answer["reader"] == "onecms/1"
    assert answer["comment_count"] == 0
    assert answer["published_at"] == "2026-03-12T08:05:00+07:00"


def test_plain_gzip_and_standard_input_read_the_same(tmp_path):
    page = gzip.decompress(SAVED.read_bytes())
    plain = tmp_path / "page.html"
    plain.write_bytes(page)
    expected = run(SAVED, "--url", URL).stdout
    assert run(plain, "--url", URL).stdout == expected
    assert run("-", "--url", URL, given=page).stdout == expected
    assert run("-", "--url", URL, given=SAVED.read_bytes()).stdout == expected


def test_the_source_chooses_the_layouts():
    by_name = json.loads(run(SAVED, "--url", ELSEWHERE, "--source", "baolamdong").stdout)
    other = json.loads(run(SAVED, "--url", URL, "--source", "vietnamvn").stdout)
    assert by_name["reader"] == "onecms/1"
    assert other["reader"].startswith("generic/")


def test_an_address_of_no_source_is_read_by_any_family():
    assert json.loads(run(SAVED, "--url", ELSEWHERE).stdout)["reader"] == "onecms/1"


def test_no_article_says_why(tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(b"%PDF-1.7 ...")
    result = run(page, "--url", ELSEWHERE)
    answer = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (answer["kind"], answer["reason"]) == ("not-article", "not-html")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((SAVED,), "--url"),
        (("--url", URL), "FILE"),
        (("/nowhere/at/all.html", "--url", URL), "does not exist"),
        ((SAVED, "--url", "baolamdong.vn/x"), "http"),
        ((SAVED, "--url", URL, "--source", "baonowhere"), "unknown source"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, says):
    result = run(*arguments)
    assert result.exit_code == 2
    assert says in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_broken_gzip_and_pages_beyond_measure_are_refused(tmp_path, monkeypatch):
    broken, bomb = tmp_path / "broken.gz", tmp_path / "bomb.gz"
    broken.write_bytes(SAVED.read_bytes()[:-20])
    bomb.write_bytes(gzip.compress(b"<p>" + b"x" * 2_000_000))
    monkeypatch.setattr(module, "LARGEST_PAGE", 1_000_000)
    for page, says in ((broken, "without its end"), (bomb, "larger than")):
        result = run(page, "--url", URL)
        assert result.exit_code == 2
        assert says in result.stderr


def test_jsonl_keeps_ids_and_never_ends_early(tmp_path):
    broken = tmp_path / "broken.html.gz"
    broken.write_bytes(b"\x1f\x8b broken")
    asked = [
        {"id": "a", "url": URL, "path": str(SAVED)},
        {"id": 2, "url": URL, "path": str(tmp_path / "missing.html")},
        {"id": 3, "url": "no address", "path": str(SAVED)},
        {"id": 4, "url": URL, "path": str(broken)},
        {"id": 5, "url": URL},
        {"id": 6, "url": URL, "path": str(tmp_path)},
        [1, 2],
    ]
    lines = "\n".join(["{not json", *map(json.dumps, asked), "", json.dumps(asked[0])])
    result = run("--jsonl", given=lines)
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert [answer["kind"] for answer in answers] == ["error", "article", *["error"] * 6, "article"]
    assert [answer["id"] for answer in answers] == [None, "a", 2, 3, 4, 5, 6, None, "a"]
    assert all(answer["error"] and "\n" not in answer["error"] for answer in answers if answer["kind"] == "error")


def test_jsonl_reads_lines_of_a_file_too(tmp_path):
    lines = tmp_path / "pages.jsonl"
    lines.write_text(json.dumps({"id": "a", "url": URL, "path": str(SAVED)}) + "\n")
    assert json.loads(run("--jsonl", lines).stdout)["id"] == "a"


def test_an_unknown_source_ends_a_jsonl_run_at_once():
    result = run("--jsonl", "--source", "baonowhere", given=json.dumps({"id": 1, "url": URL, "path": str(SAVED)}))
    assert result.exit_code == 2
    assert "unknown source" in result.stderr


def test_what_the_reader_trips_over_is_an_error_line(monkeypatch):
    def trip(*_: object) -> None:
        raise RuntimeError("broken\nin two")

    monkeypatch.setattr(module, "read", trip)
    answer = json.loads(run("--jsonl", given=json.dumps({"id": 1, "url": URL, "path": str(SAVED)})).stdout)
    assert answer == {"id": 1, "kind": "error", "error": "RuntimeError: broken in two"}
