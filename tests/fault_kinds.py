"""Every fault that a newspaper on the wire may have, and what must come of a crawl that meets it."""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING

from fault_lab import ARTICLE, LISTING, NAMES, Fault, spoil

from crawler.demo.paper import PAPER_HOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from crawler.demo.server import Server

HOME = f"https://{PAPER_HOST}"
XXE = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'
    f"<urlset><url><loc>{HOME}/&e;-123456.html</loc></url></urlset>"
)
BROKEN = f"<urlset><url><loc>{HOME}/a & b-123456.html</loc></url><url><loc>{HOME}/c-123457.html</loc><url><lo"
LETTERS = "abcdefghi"
ENTITIES = "".join(f'<!ENTITY {new} "{f"&{old};" * 16}">' for old, new in pairwise(LETTERS))
BILLION = (
    f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "{"a" * 16}">{ENTITIES}]>'
    f"<rss><channel><item><link>{HOME}/&i;-123456.html</link></item></channel></rss>"
)
WHERE_NOT = (
    "<urlset>" + "".join(f"<url><loc>{url}</loc></url>" for url in (
        "file:///etc/hostname-123456.html", "http://127.0.0.1/a-123456.html", "http://169.254.169.254/b-123456.html",
        "http://[::ffff:10.0.0.1]/c-123456.html", "http://2130706433/d-123456.html", "http://0x7f.1/e-123456.html",
        "https://elsewhere.example/f-123456.html", f"https://user:word@{PAPER_HOST}/g-123456.html",
        f"https://{PAPER_HOST}:8443/h-123456.html", f"https://{PAPER_HOST}.elsewhere.example/i-123456.html",
        f"https://{PAPER_HOST}@elsewhere.example/j-123456.html",
    )) + "</urlset>"
)  # fmt: skip


def number(server: Server, at: int = 0) -> str:
    """The path of one article of the newspaper, as a pattern."""
    paper = next(iter(server._sites.values())).paper
    return f"^{paper.path(paper.stories[at])}$"


def one(kind: str, **parameters: object):
    """A preparation that spoils one article."""
    return lambda server: server.fault(number(server), kind, **parameters)


def loop(server: Server) -> None:
    """One article leads to itself."""
    server.fault(number(server), "redirect", to=number(server).strip("^$"))


def renamed(address: str):
    """A preparation after which the paper's name resolves to `address`."""
    return lambda _: NAMES.update({PAPER_HOST: address})


def xml(text: str):
    """What the parameters of a body are for XML."""
    return {"body": text, "content_type": "text/xml; charset=utf-8"}


def text(text: str | bytes):
    """What the parameters of a body are for plain text."""
    return {"body": text, "content_type": "text/plain; charset=utf-8"}


LONG = "User-agent: *\nDisallow: /rss/kinh-te\n" + "Disallow: /x\n" * 80_000 + "Disallow: /\n"
QUICK = {"DOWNLOAD_TIMEOUT": 2}
OK, FAILED, PARTIAL = 0, 1, 2
ONE_LOST = {"exit": PARTIAL, "health": "fresh", "articles": 11}
SHUT = {"exit": FAILED, "health": "blocked", "stopped": "blocked", "missing": 0}
NO_RULES = {"exit": FAILED, "articles": 0, "requests": 3}


def nothing(_: Server) -> None:
    """No fault of the newspaper's own."""


def status(pattern: str, code: int, **more: object) -> Callable[[Server], None]:
    """A preparation that answers with a status."""
    return spoil((pattern, "status", {"status": code, **more}))


def robots(kind: str, **parameters: object) -> Callable[[Server], None]:
    """A preparation that spoils robots.txt."""
    return spoil((r"^/robots", kind, parameters))


ALL, BUT_ROBOTS, A_SITEMAP, SECTION = ".", "^/(?!robots)", "^/sitemap-a", "^/thoi-su"
FAULTS = (
    Fault("redirect loop", loop, {**ONE_LOST, "failures": {"redirect_loop": 1}}),
    Fault("redirect to a private address", one("redirect", to="http://10.0.0.1/a-123456.html"),
          {**ONE_LOST, "failures": {"private_address": 1}, "refused": {"private_address": 1}}),
    Fault("redirect to file:", one("redirect", to="file:///etc/hostname"), {**ONE_LOST, "failures": {"scheme": 1}}),
    Fault("redirect to a foreign host", one("redirect", to="https://elsewhere.example/a-123456.html"),
          {**ONE_LOST, "failures": {"foreign_host": 1}, "refused": {"foreign_host": 1}}),
    Fault("every listing leads to a foreign host", spoil((LISTING, "redirect", {"to": "https://x.example/"})),
          {"exit": FAILED, "health": "changed layout", "failures": {"foreign_host": 3}, "requests": 4}),
    Fault("meta refresh to a private address", one("refresh", to="http://10.0.0.1/"),
          {"exit": OK, "articles": 11, "not_articles": {"empty": 1}, "requests": 29}),
    Fault("a sitemap that names where not to go", spoil((A_SITEMAP, "body", xml(WHERE_NOT))),
          {"exit": OK, "articles": 5, "refused": {"port": 1},
           "passed_over": {"scheme": 12, "host": 108, "no article": 10}}),
    Fault("slow-loris", one("drip", size=64, seconds=1), {**ONE_LOST, "failures": {"timeout": 1}}, settings=QUICK),
    Fault("body cut off", one("truncate"), {**ONE_LOST, "failures": {"truncated": 1}, "requests": 31}),
    Fault("gzip that ends too soon", one("torn"), {**ONE_LOST, "failures": {"truncated": 1}, "requests": 29}),
    Fault("connection reset", one("reset"), {**ONE_LOST, "failures": {"truncated": 1}}),
    Fault("Content-Length too large", one("length", claim=10**6), {**ONE_LOST, "failures": {"truncated": 1}}),
    Fault("Content-Length too small", one("length", claim=2000), {**ONE_LOST, "failures": {"truncated": 1}}),
    Fault("name without an address", nothing,
          {"exit": FAILED, "health": "dead", "stopped": "down", "robots": {"dns": 1, "unreachable": 1}}, origin=None),
    Fault("name that now means a private address", renamed("127.0.0.1"),
          {"exit": FAILED, "requests": 0, "refused": {"private_address": 1, "robots": 3}}, origin=None),
    Fault("connection refused", nothing,
          {"exit": FAILED, "health": "dead", "robots": {"refused": 1, "unreachable": 1}}, origin="http://127.0.0.1:9"),
    Fault("self-signed certificate", nothing,
          {"exit": FAILED, "health": "dead", "requests": 0, "robots": {"tls": 1, "unreachable": 1}}, origin="tls"),
    Fault("self-signed certificate, excepted", nothing, {"exit": OK, "certificates": "not verified", "articles": 12},
          origin="tls", settings={"DOWNLOAD_VERIFY_CERTIFICATES": False}),
    Fault("gzip bomb", one("bomb"), {**ONE_LOST, "failures": {"too_large": 1}}),
    Fault("body too large", one("body", body=os.urandom(200_000)), {**ONE_LOST, "failures": {"too_large": 1}},
          settings={"DOWNLOAD_MAXSIZE": 100_000}),
    Fault("entity bomb in a feed", spoil((r"^/rss/thoi-su", "body", xml(BILLION))), {"exit": OK, "articles": 12}),
    Fault("external entity in a sitemap", spoil((A_SITEMAP, "body", xml(XXE))),
          {"exit": OK, "articles": 5, "absences": {"404": 1}}),
    Fault("broken sitemap", spoil((A_SITEMAP, "body", xml(BROKEN))),
          {"exit": OK, "articles": 5, "absences": {"404": 2}}),
    Fault("HTML for a sitemap", spoil((r"^/sitemap\.xml", "soft-404")),
          {"exit": PARTIAL, "articles": 5, "failures": {"unreadable": 1}}),
    Fault("sitemaps without end", spoil((r"^/sitemap", "sitemaps")),
          {"exit": OK, "articles": 5, "passed_over": {"nested index": 1}}),
    Fault("section pages without end", spoil((SECTION, "pages")),
          {"exit": OK, "requests": 11, "absences": {"404": 5}, "passed_over": {"more pages": 1}},
          source="past_numbered"),
    Fault("section pages without end, in a backfill", spoil((SECTION, "pages")),
          {"exit": PARTIAL, "requests": 601, "absences": {"404": 300}, "passed_over": {"endless pages": 1}},
          source="past_numbered", given={"since": "2020-01-01", "until": "2026-08-01"}, settings={"DEPTH_LIMIT": 0}),
    Fault("a calendar without end in a section's place", spoil((SECTION, "calendar")),
          {"exit": OK, "requests": 2}, source="past_numbered"),
    Fault("403 to everything", status(ALL, 403), {**SHUT, "at_most": 14}, again=True),
    Fault("403 to all but robots.txt", status(BUT_ROBOTS, 403), {**SHUT, "at_most": 14}, again=True),
    Fault("403 to articles", status(ARTICLE, 403), {**SHUT, "exit": PARTIAL}, again=True),
    Fault("401 to listings", status(LISTING, 401), {**SHUT, "failures": {"401": 3}}),
    Fault("429 to all but robots.txt", status(BUT_ROBOTS, 429), {**SHUT, "at_most": 14}, again=True),
    Fault("503 to all but robots.txt", status(BUT_ROBOTS, 503),
          {"exit": FAILED, "health": "dead", "stopped": "down", "at_most": 14, "missing": 0}, again=True),
    Fault("503 twice, then fine", status(ARTICLE, 503, times=2), {"exit": OK, "articles": 12, "requests": 31}),
    Fault("429 with Retry-After: 1", status(ARTICLE, 429, retry_after=1, times=1),
          {"exit": OK, "articles": 12, "requests": 30, "waits": {"times": 1, "asked": 1}}),
    Fault("503 with Retry-After: 3600", status(ARTICLE, 503, retry_after=3600),
          {"exit": PARTIAL, "health": "blocked", "stopped": "asked to wait", "waits": {"asked": 3600}}),
    Fault("robots.txt answers 503", robots("status"),
          {**NO_RULES, "articles": 12, "health": "dead", "robots": {"503": 1, "unreachable": 1}}, again=True),
    Fault("robots.txt answers 429", robots("status", status=429),
          {**NO_RULES, "articles": 12, "health": "blocked", "robots": {"429": 1, "unreachable": 1}}, again=True),
    Fault("robots.txt answers 404", robots("status", status=404),
          {"exit": OK, "articles": 12, "robots": {"unavailable": 1}}),
    Fault("robots.txt never ends", robots("drip", size=1),
          {**NO_RULES, "robots": {"timeout": 1, "unreachable": 1}}, settings=QUICK),
    Fault("robots.txt is a gzip bomb", robots("bomb"),
          {**NO_RULES, "requests": 1, "robots": {"too_large": 1, "unreachable": 1}}),
    Fault("robots.txt of a megabyte", robots("body", **text(LONG)),
          {"exit": PARTIAL, "articles": 12, "robots": {"cut": 1}, "refused": {"robots": 1}}),
    Fault("robots.txt redirects in a loop", robots("redirect", to="/robots.txt"),
          {**NO_RULES, "requests": 6, "robots": {"redirect_loop": 1, "unreachable": 1}}),
    Fault("robots.txt is a web page", robots("soft-404"), {"exit": OK, "articles": 12, "robots": {"no_rules": 1}}),
    Fault("robots.txt forbids everything", robots("body", **text("User-agent: *\nDisallow: /")),
          {**NO_RULES, "requests": 1, "health": "robots", "stopped": "robots", "refused": {"robots": 3}}),
    Fault("Crawl-delay of an hour", robots("body", **text("User-agent: *\nCrawl-delay: 3600")),
          {"exit": FAILED, "requests": 1, "stopped": "asked to wait", "crawl_delay": 3600.0}),
    Fault("Crawl-delay of 50 ms", robots("body", **text("User-agent: *\nCrawl-delay: 0.05")),
          {"exit": OK, "articles": 12, "crawl_delay": 0.05}),
    Fault("more requests than a run has", nothing, {"exit": PARTIAL, "stopped": "out of requests", "requests": 10},
          settings={"RUN_REQUESTS": 10, "CONCURRENT_REQUESTS_PER_DOMAIN": 8, "DOWNLOAD_DELAY": 0}),
    Fault("just as many requests as a run has", nothing, {"exit": OK, "articles": 12, "requests": 29},
          settings={"RUN_REQUESTS": 29}),
    Fault("more retries than a run has requests", status(ARTICLE, 503),
          {"exit": PARTIAL, "stopped": "out of requests", "requests": 20},
          settings={"RUN_REQUESTS": 20, "BREAKER_FAILURES": 100}),
    Fault("more bytes than a run has", nothing, {"exit": PARTIAL, "stopped": "out of bytes"},
          settings={"RUN_BYTES": 20_000}),
    Fault("more minutes than a run has", spoil((ARTICLE, "delay", {"seconds": 1})),
          {"exit": PARTIAL, "stopped": "out of time", "at_most": 20}, settings={"RUN_MINUTES": 0.06}),
    Fault("challenge in place of articles", spoil((ARTICLE, "challenge")), {**SHUT, "exit": PARTIAL}, again=True),
    Fault("challenge in place of listings", spoil((LISTING, "challenge")), {**SHUT, "failures": {"challenge": 3}}),
    Fault("login in place of listings", spoil((LISTING, "login")), {**SHUT, "failures": {"login": 3}}),
    Fault("challenge to everything", spoil((ALL, "challenge")), {**SHUT, "robots": {"no_rules": 1}}, again=True),
    Fault("soft 404", one("soft-404"), {"exit": OK, "missing": 1, "absences": {"soft-404": 1}}, again=True),
    Fault("redirect home", one("home"), {"exit": OK, "missing": 1, "absences": {"redirect-home": 1}}, again=True),
    Fault("404", one("status", status=404), {"exit": OK, "missing": 1, "absences": {"404": 1}}, again=True),
    Fault("410", one("status", status=410), {"exit": OK, "missing": 1, "absences": {"410": 1}}, again=True),
    Fault("404 to every article", status(ARTICLE, 404),
          {"exit": PARTIAL, "missing": 0, "absences": {"404": 12, "withheld": 12}}, again=True),
    Fault("wrong charset", spoil((ARTICLE, "charset")), {"exit": OK, "revised": 0}, again=True),
    Fault("page of scripts", one("javascript"), {"exit": OK, "articles": 11, "not_articles": {"needs-javascript": 1}}),
)  # fmt: skip
