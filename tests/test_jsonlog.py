"""Log lines as JSON: one object a line, whatever was logged."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.jsonlog import SOURCE, JsonFormatter, log_json

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def lines() -> Iterator[StringIO]:
    root = logging.getLogger()
    before = root.handlers[:], root.level, sys.excepthook
    stream = StringIO()
    log_json("INFO", stream)
    yield stream
    logging.captureWarnings(capture=False)
    root.handlers[:], level, sys.excepthook = before
    root.setLevel(level)


def objects(stream: StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_an_object(lines: StringIO) -> None:
    logger = logging.getLogger("crawler.x")
    logger.debug("below the level")
    logger.info("Báo %s\nhai dòng  ", "Lâm Đồng", extra={"source": "baolamdong"})
    (found,) = objects(lines)
    assert list(found) == ["time", "level", "logger", "message", "source", "exception"]
    assert datetime.fromisoformat(found.pop("time")).utcoffset() == timedelta(0)
    assert found == {
        "level": "INFO",
        "logger": "crawler.x",
        "message": "Báo Lâm Đồng\nhai dòng  ",
        "source": "baolamdong",
        "exception": None,
    }
    assert lines.getvalue().isascii()


def test_the_source_of_a_spider_and_of_the_context(lines: StringIO) -> None:
    class Spider:
        name = "vietnamvn"

    SOURCE.set("baolamdong")
    logger = logging.getLogger("scrapy.core")
    logger.warning("one")
    logger.warning("two", extra={"spider": Spider()})
    SOURCE.set(None)
    logger.warning("three")
    assert [found["source"] for found in objects(lines)] == ["baolamdong", "vietnamvn", None]


def test_exceptions_and_warnings(lines: StringIO) -> None:
    try:
        int("bad\nluck")
    except ValueError:
        logging.getLogger("a").exception("it failed")
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old", DeprecationWarning, stacklevel=1)
    failed, warning = objects(lines)
    assert failed["exception"].startswith("Traceback")
    assert "ValueError: invalid literal" in failed["exception"]
    assert "DeprecationWarning: old" in warning["message"]


def formatted(text: object, *arguments: object) -> str:
    return JsonFormatter().format(logging.LogRecord("x", logging.INFO, "", 0, text, arguments, None))


def test_messages_that_do_not_fit_are_not_lost() -> None:
    assert json.loads(formatted("%d of %s", "x"))["message"] == "%d of %s ('x',)"
    assert json.loads(formatted("%(a)s", 1))["message"] == "%(a)s (1,)"
    assert json.loads(formatted(Counter(a=1)))["message"] == "Counter({'a': 1})"


@given(st.text())
def test_any_text_is_one_line(text: str) -> None:
    line = formatted(text)
    assert "\n" not in line
    assert json.loads(line)["message"] == text


def test_what_ends_the_program_is_a_line_too() -> None:
    code = "from crawler.jsonlog import log_json; log_json('INFO'); 1 / 0"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (found,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (found["level"], found["message"]) == ("CRITICAL", "ZeroDivisionError: division by zero")
    assert "1 / 0" in found["exception"] or "<string>" in found["exception"]
