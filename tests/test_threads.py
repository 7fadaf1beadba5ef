"""Pages are read in threads beside each other: none may touch what another is reading."""

from __future__ import annotations

import subprocess
import sys

import pytest

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

# Selectors are shared, feeds are read in the main thread, and a page may be freed by any thread.
BESIDE_FEEDS = """
import gc, sys, threading
from crawler.discovery import parse_feed, parse_sitemap
from crawler.documents import SHOWN, Document
from crawler.fields import select, text_of

sys.setswitchinterval(1e-4)
gc.set_threshold(60)
SELECTED, wrong = select("div.k b, p.m, h1"), []

def read(reader):
    for page in range(100):
        names = [f"r{reader}p{page}n{number}" for number in range(200)]
        tags = "".join(f"<{name} a{name}=1>chữ</{name}>" for name in names)
        document = Document(f"<div class=k>{tags}<b>x</b></div><p class=m>y</p><h1>z</h1>", "https://bao.example/")
        attributes = [name for element in document.root.iter(*names) for name in element.keys()]
        if attributes != [f"a{name}" for name in names] or len(SHOWN(document.root)) != 203:
            wrong.append(("page", reader, page))
        if [text_of(element) for element in SELECTED.on(document)] != ["x", "y", "z"]:
            wrong.append(("selected", reader, page))
        for number, element in enumerate(document.root.iter(*names[:50])):
            element.tag = f"w{reader}p{page}n{number}"
        document.itself = document  # only the collector frees it, in whatever thread it runs

threads = [threading.Thread(target=read, args=(reader,)) for reader in range(4)]
for thread in threads:
    thread.start()
turn = 0
while any(thread.is_alive() for thread in threads):
    turn += 1
    items = "".join(f"<item><link>/{n}.html</link><f{turn}x{n}/><title>{n}</title></item>" for n in range(30))
    entries = parse_feed(f"<rss>{items}</rss>".encode(), "https://a.example/")
    if [entry.title for entry in entries] != [str(n) for n in range(30)]:
        wrong.append(("feed", turn))
    urls = "".join(f"<url><loc>https://a.example/{n}.html</loc><s{turn}y{n}/></url>" for n in range(100))
    if len(list(parse_sitemap(f"<urlset>{urls}</urlset>".encode(), "https://a.example/").entries)) != 100:
        wrong.append(("sitemap", turn))
sys.exit(f"{len(wrong)} were misread: {wrong[:3]}" if wrong else 0)
"""


@pytest.mark.parametrize("program", [SIDE_BY_SIDE, BESIDE_FEEDS], ids=["side by side", "beside feeds"])
def test_pages_read_beside_each_other_share_nothing(program: str) -> None:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
