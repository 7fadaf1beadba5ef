"""Pages are read in threads beside each other: none may touch what another is reading."""

from __future__ import annotations

import subprocess
import sys

# In a process of its own, as a broken one dies of it. Names never seen before are what the tables are written for.
SIDE_BY_SIDE = """
import sys, threading
from crawler.documents import Document

sys.setswitchinterval(1e-4)
done, wrong = threading.Event(), []

def read():
    for page in range(500):
        names = [f"r{page}n{number}" for number in range(200)]
        document = Document("<div>" + "".join(f"<{name}>chữ</{name}>" for name in names), "https://bao.example/")
        found = [element.tag for element in document.root.iter("*")]
        wrong.extend(name for name in names if name not in found)
    done.set()

def rename():
    page = 0
    while not done.is_set():
        page += 1
        element = Document("<p>chữ</p>", "https://bao.example/").root
        for number in range(300):
            element.tag = f"w{page}n{number}"

Document("<p>chữ</p>", "https://bao.example/")
threads = [threading.Thread(target=read), threading.Thread(target=rename)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
sys.exit(f"{len(wrong)} names were overwritten: {wrong[:3]}" if wrong else 0)
"""


def test_pages_read_beside_each_other_share_nothing() -> None:
    done = subprocess.run([sys.executable, "-c", SIDE_BY_SIDE], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
