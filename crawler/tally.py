"""What the stats of a run come to: its traffic, what shut it out, the tables of its counts."""

from __future__ import annotations

from collections import Counter
from typing import Any

from crawler.manners import SHUT_OUT
from crawler.reasons import SILENT
from crawler.roads import CLOSED as CLOSED_ROADS


def traffic(stats: dict[str, Any]) -> dict[str, Any]:
    """What a run asked and got, and how it kept its manners; `share_304` is None when nothing was answered."""
    statuses, answers = section(stats, "downloader/response_status_count/"), stats.get("downloader/response_count", 0)
    return {
        "requests": stats.get("wire/requests", 0),
        "bytes": stats.get("downloader/response_bytes", 0),
        "statuses": statuses,
        "share_304": round(statuses.get("304", 0) / answers, 4) if answers else None,
        "robots": section(stats, "robots/"),
        "refused": section(stats, "guard/refused/") | {"robots": stats.get("robotstxt/forbidden", 0)},
        "waits": {
            "times": stats.get("manners/waits", 0),
            "seconds": round(stats.get("manners/waited seconds", 0), 1),
            "asked": stats.get("manners/asked to wait seconds"),
        },
        "crawl_delay": stats.get("manners/crawl delay"),
    }


def shut_out(stats: dict[str, Any]) -> str | None:
    """What kept a run from every listing: refusals in most answers' place, silence, or what robots.txt forbids."""
    failures = Counter(section(stats, "failures/"))
    failures.update(reason for reason in stats.get(CLOSED_ROADS, {}).values() if reason in SHUT_OUT)
    reasons = section(stats, "robots/") if stats.get("robots/unreachable") else {}
    if 2 * sum(failures.get(reason, 0) for reason in SHUT_OUT) > sum(failures.values()) or "429" in reasons:
        return "blocked"
    if any(reason.startswith("5") or reason in SILENT for reason in reasons):
        return "down"
    return "robots" if stats.get("robotstxt/forbidden", 0) else None


def section(stats: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The stats whose name begins with `prefix`, without it."""
    return {name.removeprefix(prefix): value for name, value in sorted(stats.items()) if name.startswith(prefix)}
