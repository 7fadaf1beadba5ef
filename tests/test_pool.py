"""Processes that share work: they end with the one that started them, and after an error nothing more is begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from archive.pool import processes
from archive.schema import ArchiveError

STARTER = """
import os, time
from archive.pool import processes
with processes(2) as pool:
    running = [pool.submit(time.sleep, 60) for _ in range(3)]
    print(*[pid for pid in pool._processes], flush=True)
    running[0].result()
"""


def is_running(pid: int) -> bool:
    """Tell whether a process is there and no mere entry that awaits its parent."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def leave_mark(folder: Path, number: int) -> None:
    time.sleep(0.02)
    (folder / str(number)).touch()


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes by /proc")
def test_a_killed_command_leaves_no_process_behind():
    with subprocess.Popen([sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        workers = [int(pid) for pid in starter.stdout.readline().split()]
        assert len(workers) == 2
        starter.send_signal(signal.SIGKILL)
        waited = 0.0
        while any(map(is_running, workers)) and waited < 300:
            time.sleep(0.05)
            waited += 0.05
    left = [pid for pid in workers if is_running(pid)]
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_a_killed_process_is_one_line():
    with pytest.raises(ArchiveError, match="run it again"), processes(2) as pool:
        pool.submit(os._exit, 1).result()


def fail_before(tasks: int, folder: Path) -> None:
    with processes(1) as pool:
        failing = pool.submit(divmod, 1, 0)
        for number in range(tasks):
            pool.submit(leave_mark, folder, number)
        failing.result()


def test_after_an_error_nothing_more_is_begun(tmp_path):
    with pytest.raises(ZeroDivisionError):
        fail_before(1_000, tmp_path)
    assert len(list(tmp_path.iterdir())) < 1_000
