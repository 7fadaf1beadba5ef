"""Metrics of a run, read back by a parser of Prometheus text format."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.metrics import metrics, write_metrics

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

START = datetime(2026, 9, 7, 2, 0, tzinfo=UTC)
COUNTS: dict[str, Any] = {
    "requests": 31,
    "bytes": 1_234_567_890_123,
    "statuses": {"200": 20, "304": 11},
    "listings": {"asked": 3, "answered": 3},
    "listed": 200,
    "new": 12,
    "revised": 1,
    "failed": 2,
    "refused": {"host": 1, "robots": 0},
    "not_articles": {"soft-404": 1},
    "fill": {"articles": 1.0, "body": 0.9231},
    "failures": {"TimeoutError": 2},
    "stopped": None,
    "waits": {"times": 3, "seconds": 17.5},
    "crawl_delay": None,
}


@dataclass
class Run:
    source: str = "baolamdong"
    exit_code: int = 0
    counts: Mapping[str, Any] = field(default_factory=lambda: COUNTS)
    started_at: datetime | None = START
    ended_at: datetime | None = START + timedelta(seconds=95)


LABEL = r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"'
LINE = re.compile(rf"([a-zA-Z_:][a-zA-Z0-9_:]*)\{{({LABEL}(?:,{LABEL})*)\}} (\S+)")


def parse(text: str) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """The samples of a file in Prometheus text format 0.0.4; fails on what a collector would refuse."""
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    typed: list[str] = []
    assert text == "" or text.endswith("\n")
    for line in text.split("\n")[:-1]:
        if line.startswith("# HELP "):
            typed.append(line.split(" ")[2])
        elif line.startswith("# TYPE "):
            assert line == f"# TYPE {typed[-1]} gauge"
        else:
            match = LINE.fullmatch(line)
            assert match, line
            name, labels, value = match.groups()
            assert name == typed[-1]  # all samples of a family stand together, after their TYPE
            pairs = (one.partition("=") for one in re.findall(LABEL, labels))
            key = (name, frozenset((label, unescaped(quoted[1:-1])) for label, _, quoted in pairs))
            assert key not in found
            found[key] = float(value)
    assert len(typed) == len(set(typed))
    return found


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], text)


def sample(text: str, name: str, **labels: str) -> float | None:
    key = (f"baotinh_last_run_{name}", frozenset({"source": "baolamdong", **labels}.items()))
    return parse(text).get(key)


def test_every_number_of_a_run() -> None:
    text = metrics([Run()])
    assert sample(text, "outcome", outcome="ok") == 1
    assert sample(text, "outcome", outcome="already running") == 0
    assert sample(text, "exit_code") == 0
    assert sample(text, "start_timestamp_seconds") == START.timestamp()
    assert sample(text, "end_timestamp_seconds") == START.timestamp() + 95
    assert sample(text, "duration_seconds") == 95
    assert sample(text, "requests") == 31
    assert sample(text, "bytes") == 1_234_567_890_123
    assert sample(text, "responses", status="304") == 11
    assert sample(text, "articles", result="new") == 12
    assert sample(text, "articles", result="gone") == 0
    assert sample(text, "failed") == 2
    assert sample(text, "refused", reason="host") == 1
    assert sample(text, "fill_ratio", field="body") == 0.9231
    assert sample(text, "failures", kind="TimeoutError") == 2
    assert (sample(text, "waits"), sample(text, "waited_seconds")) == (3, 17.5)
    assert sample(text, "crawl_delay_seconds") is None
    assert sample(text, "stopped") is None


def test_a_run_that_never_began_and_one_that_was_stopped() -> None:
    text = metrics([Run(exit_code=75, counts={}, started_at=None, ended_at=None)])
    assert sample(text, "outcome", outcome="already running") == 1
    assert {name for name, _ in parse(text)} == {"baotinh_last_run_outcome", "baotinh_last_run_exit_code"}
    stopped = metrics([Run(exit_code=2, counts=COUNTS | {"stopped": "out of time"})])
    assert sample(stopped, "stopped", reason="out of time") == 1
    assert metrics([]) == ""


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers(0, 10**12), max_size=5))
def test_hostile_labels_come_back_as_they_were(refused: dict[str, int]) -> None:
    found = parse(metrics([Run(counts={"refused": refused}), Run("vietnamvn", counts={"refused": refused})]))
    for source in ("baolamdong", "vietnamvn"):
        for reason, number in refused.items():
            key = ("baotinh_last_run_refused", frozenset({("source", source), ("reason", reason)}))
            assert found[key] == number


def test_the_file_is_replaced_in_one_step(tmp_path: Path) -> None:
    path = tmp_path / "baotinh.prom"
    write_metrics(path, [Run()])
    assert path.stat().st_mode & 0o777 == 0o644
    before = path.stat().st_ino
    with path.open(encoding="utf-8") as reader:
        write_metrics(path, [Run(exit_code=1)])
        assert sample(reader.read(), "exit_code") == 0  # who had opened it reads it to its end
    assert path.stat().st_ino != before
    assert sample(path.read_text(encoding="utf-8"), "exit_code") == 1
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "baotinh.prom"
    write_metrics(path, [Run()])
    with pytest.raises(ValueError, match="format code"):
        write_metrics(path, [Run(exit_code="1")])  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == [path]
    assert sample(path.read_text(encoding="utf-8"), "exit_code") == 0
    with pytest.raises(FileNotFoundError):
        write_metrics(tmp_path / "none" / "baotinh.prom", [Run()])
