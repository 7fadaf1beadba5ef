"""The part of requirements.lock that runs the program: what `pip install --dry-run --report` chose, with hashes.

Usage: python runtime_lock.py requirements.lock < report.json > runtime.lock
Exits with 1 when pip chose a file whose hash is not in the lock.
"""

# ruff: noqa: INP001 - a script of the image, no package
from __future__ import annotations

import json
import sys
from pathlib import Path


def locked(report: str, lock: str) -> list[str]:
    """Requirement lines with the hash of each file that pip chose; raises ValueError for one not in the lock."""
    lines = []
    for chosen in json.loads(report)["install"]:
        name, version = chosen["metadata"]["name"], chosen["metadata"]["version"]
        sha256 = chosen["download_info"]["archive_info"]["hashes"]["sha256"]
        if f"--hash=sha256:{sha256}" not in lock:
            raise ValueError(f"{name} {version}: its hash is not in the lock")
        lines.append(f"{name}=={version} --hash=sha256:{sha256}")
    return sorted(lines)


if __name__ == "__main__":
    try:
        print("\n".join(locked(sys.stdin.read(), Path(sys.argv[1]).read_text(encoding="utf-8"))))
    except ValueError as error:
        sys.exit(str(error))
