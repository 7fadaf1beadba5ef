"""The loop that stands for cron in the container: run for real, with a stub in the crawler's place."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

LOOP = Path(__file__).resolve().parent.parent / "deploy" / "crawl-loop.sh"


def test_the_loop_crawls_again_and_ends_when_it_is_told_to(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    stub = tmp_path / "baotinh"
    stub.write_text(
        f'#!/bin/sh\necho "$@" >>{calls}\ntrap "echo stopped >>{calls}; exit 0" TERM\n'
        f"[ $(grep -c crawl {calls}) -lt 3 ] && exit 75\necho waiting\nwhile :; do sleep 0.02; done\n",
        encoding="utf-8",
    )
    stub.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "EVERY": "0", "JITTER": "0"}
    with subprocess.Popen(
        ["sh", LOOP, "-s", "X=1"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    ) as loop:  # fmt: skip
        try:
            assert loop.stdout is not None
            assert loop.stdout.readline() == "waiting\n"
            loop.send_signal(signal.SIGTERM)
            _, errors = loop.communicate(timeout=300)
        finally:
            if loop.poll() is None:
                os.killpg(loop.pid, signal.SIGKILL)
    assert loop.returncode == 0
    assert errors == "crawl-loop: exit code 75\n" * 2
    assert calls.read_text(encoding="utf-8").splitlines() == ["crawl --all --log-json -s X=1"] * 3 + ["stopped"]
