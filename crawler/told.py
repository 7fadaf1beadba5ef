"""A crawl that is told to stop by a signal: what is soon there is taken, what is slow to come is not waited for."""

from __future__ import annotations

import asyncio

from scrapy.crawler import Crawler

from crawler.manners import drain

CUT_OFF = object()
"""The signal on which the download handlers let go of what they are waiting for."""
GRACE = 1.0
"""Seconds in which answers may still come."""


class Stoppable(Crawler):
    """Scrapy's Crawler, which when told to stop would wait for every answer on its way (DOWNLOAD_TIMEOUT).

    What is let go of was not captured: the next run asks for it again.
    """

    async def stop_async(self) -> None:
        """Stop, within GRACE seconds and what it takes to commit."""
        loop = asyncio.get_running_loop()
        if self.crawling and self.engine is not None:
            loop.call_soon(drain, self)  # as soon as the run counts as over
            loop.call_later(GRACE, self._cut_off)
        await super().stop_async()

    def _cut_off(self) -> None:
        self.signals.send_catch_log(CUT_OFF)
        drain(self)  # an answer of the last moment may have set a pause again
