"""What must come of a crawl under each fault: every row of the fault table, met once for all of these tests."""

from __future__ import annotations

import fcntl
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fault_kinds import FAULTS
from fault_machine import can_mount
from fault_table import differs, expected

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The rows of the table by fault; several workers of one test run share them."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if shared.name.startswith("popen-") else shared
    made = shared / "faults.json"
    with (shared / "faults.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            command = [sys.executable, HERE / "fault_table.py", "--json"]
            done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False, timeout=1800)
            assert done.returncode == 0, done.stderr
            made.write_text(done.stdout)
    return {row["fault"]: row for row in json.loads(made.read_text())}


@pytest.mark.parametrize("fault", [fault.name for fault in FAULTS if fault.origin == "server"])
def test_a_run_counts_what_it_asked(rows: dict[str, dict[str, Any]], fault: str) -> None:
    assert rows[fault]["recorded"]["requests"] == rows[fault]["requests"]


@pytest.mark.parametrize("fault", expected())
def test_what_comes_of_a_fault(rows: dict[str, dict[str, Any]], fault: str) -> None:
    if fault not in rows and not can_mount():
        pytest.skip("no right to mount a file system of its own")
    assert differs(rows[fault], expected()[fault]) == {}, rows[fault]


def test_nobody_is_asked_where_a_crawl_must_not_go(rows: dict[str, dict[str, Any]]) -> None:
    """A sitemap names files, private and foreign hosts: nothing but the paper's own listings and articles is asked."""
    row = rows["a sitemap that names where not to go"]
    assert row["recorded"]["statuses"] == {"200": row["requests"]}
    assert row["stored"]["captures"] == row["requests"]
