"""One real crawl of the demo newspaper under each fault: all in one process, each into an archive of its own."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import ssl
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archive.health import health
from crawler.demo.paper import PAPER_HOST, Newspaper, demo_papers
from crawler.demo.server import Server, serve
from crawler.run import Plan, project_settings, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    Prepare = Callable[[Server], object]

SOURCE = "demo_suoicat"
SIZE = 12
ARTICLE = r"-\d{6}\.html$"
LISTING = r"^/(rss|sitemap)"
FAST = {
    "DOWNLOAD_DELAY": 0.002,  # with none at all, Scrapy lets out every request that waits
    "AUTOTHROTTLE_ENABLED": False,
    "BACKOFF_SECONDS": 0.01,
    "BATCH_SECONDS": 0.2,
    "LOG_LEVEL": "CRITICAL",
}
STORED = {
    "articles": "SELECT count(*) FROM articles",
    "revised": "SELECT count(*) FROM revisions WHERE number > 1",
    "missing": "SELECT count(*) FROM articles WHERE missing_since IS NOT NULL",
    "gone": "SELECT count(*) FROM articles WHERE gone_at IS NOT NULL",
    "captures": "SELECT count(*) FROM captures",
}
TABLES = ("statuses", "listings", "failures", "refused", "passed_over", "not_articles", "absences", "robots")


@dataclass(frozen=True)
class Fault:
    """A fault: how it is made, what the crawl is told, and what must come of it (a part of the row).

    `again`: the fault meets a crawl a day after a good one, which looks at every article again. `source` is another
    spider for the newspaper, `given` what it is told.
    """

    name: str
    prepare: Prepare
    expect: Mapping[str, Any]
    again: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    origin: str | None = "server"
    source: str = SOURCE
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """What a crawl did, recorded and stored."""

    fault: str
    requests: int
    seconds: float
    exit: int
    outcome: str
    recorded: Mapping[str, Any]
    stored: Mapping[str, int]
    health: str


def spoil(*kinds: tuple[str, str] | tuple[str, str, dict[str, Any]]) -> Prepare:
    """A preparation that puts faults (pattern, kind, parameters) on the server."""

    def prepare(server: Server) -> None:
        for pattern, kind, *parameters in kinds:
            server.fault(pattern, kind, **(parameters[0] if parameters else {}))

    return prepare


class Lab:
    """The newspaper, plain and under TLS with a certificate that nobody signed, and a folder for the archives."""

    def __init__(self, folder: Path, plain: Server, secure: Server, paper: Newspaper) -> None:
        self.folder, self.plain, self.secure, self.paper = folder, plain, secure, paper
        self.rows: list[Row] = []

    def plan(
        self, data: Path, origin: str | None, day: int, settings: Mapping[str, Any], source: str = SOURCE,
        more: Mapping[str, Any] | None = None,
    ) -> Plan:  # fmt: skip
        """A crawl at the paper's clock of that day."""
        self.paper.set_clock(day)
        own = {**FAST, "DATA_DIR": str(data), "CLOCK_AT": self.paper.now.isoformat(), "CONTACT": "a@b.example"}
        given = {"days": 400, "recheck": "all"} | ({"origin": origin} if origin else {})
        return Plan(source, given | dict(more or {}), own | dict(settings))

    def rounds(self, faults: Sequence[Fault]) -> Iterator[list[Plan]]:
        """One round a fault; what came of it is read before the next begins."""
        origins = {"server": self.plain.addresses[PAPER_HOST], "tls": self.secure.addresses[PAPER_HOST]}
        good = self.folder / "good"
        yield [self.plan(good, origins["server"], 0, {})]
        for number, fault in enumerate(faults):
            data = self.folder / f"{number}"
            if fault.again:
                shutil.copytree(good, data)
            for server in (self.plain, self.secure):
                server.heal()
                server.reset_counts()
            fault.prepare(self.plain)
            begun = time.monotonic()
            origin = origins.get(fault.origin or "", fault.origin)
            yield [self.plan(data, origin, int(fault.again), fault.settings, fault.source, fault.given)]
            asked = self.plain.requests() + self.secure.requests()
            self.rows.append(row_of(fault.name, data, asked, time.monotonic() - begun, fault.source))


def row_of(fault: str, data: Path, requests: int, seconds: float, source: str = SOURCE) -> Row:
    """What the last run in an archive says of itself, and what the archive holds."""
    with closing(sqlite3.connect(f"file:{data / 'archive.db'}?mode=ro", uri=True)) as conn:
        query = "SELECT exit_code, outcome, counts FROM runs ORDER BY id DESC LIMIT 1"
        code, outcome, counts = conn.execute(query).fetchone()
        stored = {name: conn.execute(query).fetchone()[0] for name, query in STORED.items()}
        [said] = health(conn, datetime.now(UTC), source)
    return Row(fault, requests, seconds, code, outcome, recorded(json.loads(counts)), stored, said.finding.verdict)


def recorded(counts: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of a run that tell of its fault: tables without zeros, and single words."""
    found: dict[str, Any] = {name: {key: n for key, n in counts.get(name, {}).items() if n} for name in TABLES}
    found |= {name: counts.get(name) for name in ("stopped", "failure", "shortfall", "crawl_delay")}
    found["waits"] = {key: n for key, n in counts.get("waits", {}).items() if n and key != "seconds"}
    found["requests"] = counts.get("requests", 0)
    found["certificates"] = None if counts.get("certificates") == "verified" else counts.get("certificates")
    return {name: value for name, value in found.items() if value}


def in_one_process(folder: Path, faults: Sequence[Fault]) -> list[Row]:
    """Crawl under each of the faults; the rows in their order. Names are looked up nowhere."""
    paper = demo_papers(size=SIZE)[0]
    settings = project_settings()
    own = {"LOG_INSTALL_ROOT_HANDLER": False, "SPIDER_MODULES": ["crawler.spiders", "past_spiders"]}
    settings.setdict(own, priority="cmdline")
    socket.gethostbyname = looked_up
    with serve(paper) as plain, serve(paper, tls=self_signed(folder)) as secure:
        lab = Lab(folder, plain, secure, paper)
        run(lab.rounds(faults), settings)
    return lab.rows


NAMES: dict[str, str] = {"localhost": "127.0.0.1"}
"""What names resolve to; every other name has no address."""


def looked_up(name: str) -> str:
    """A name's address, as `socket.gethostbyname` gives it; raises OSError."""
    if name[0].isdigit():
        return name
    if name not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[name]


def self_signed(folder: Path) -> ssl.SSLContext:
    """A server's TLS context with a certificate for localhost that no authority signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "localhost.pem"
    encoding, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, plain) + certificate.public_bytes(encoding)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
