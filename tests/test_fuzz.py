"""500 mutated pages are read without a crash, a hang, or too much memory; `make fuzz` reads 20,000."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parent / "fuzz"


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(FUZZ)
    import run

    return run


def test_500_mutated_pages_are_read() -> None:
    done = subprocess.run(
        [sys.executable, FUZZ / "run.py", "500", "--jobs", "1"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("500 mutated pages: 0 faults")


def test_a_page_is_the_same_from_its_number(runner) -> None:
    assert runner.mutated(7) == runner.mutated(7)
    assert len({runner.mutated(number)[2] for number in range(30)}) == 30


def test_a_crash_is_a_fault(runner, monkeypatch: pytest.MonkeyPatch) -> None:
    def trip(*_: object, **__: object) -> None:
        raise RuntimeError("tripped")

    monkeypatch.setattr(runner, "read", trip)
    assert "RuntimeError: tripped" in str(runner.fault_of(1))
    assert signal.alarm(0) == 0, "nothing ends this process later"


def test_a_slow_page_is_a_fault(runner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "MOST_SECONDS", 0.0)
    assert "took" in str(runner.fault_of(1))


def test_a_process_that_dies_is_a_fault(runner, monkeypatch: pytest.MonkeyPatch, capfd, tmp_path: Path) -> None:
    dies = tmp_path / "dies.py"
    dies.write_text("print('# 4', flush=True)\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n")
    monkeypatch.setattr(runner, "__file__", str(dies))
    assert runner.supervise(10, 1) == 1
    assert "page 4 (crash): the process ended with -9" in capfd.readouterr().out
