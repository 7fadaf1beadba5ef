"""The demo newspapers over real HTTP/1.1 on 127.0.0.1, in a thread of their own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from crawler.demo.faults import Asked, Fault
from crawler.demo.paper import EVENING, Newspaper
from crawler.demo.reply import TEXT, Reply, text_reply
from crawler.demo.site import Site, site
from crawler.demo.wire import Request, conditional, encode, head, http_date, read_request, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from ssl import SSLContext

_IDLE_SECONDS = 60


class Seen(NamedTuple):
    """One answered request.

    `host` is the paper's, `headers` have names in lower case, `sent` is bytes of body, `at` is in seconds of
    the monotonic clock.
    """

    host: str
    method: str
    target: str
    headers: Mapping[str, str]
    status: int
    sent: int
    at: float


class Server:
    """Newspapers on loopback: their addresses, their clock, their faults, and what was asked of them.

    `addresses` maps each paper's host to the origin that serves it (`http://127.0.0.1:PORT`). `counts`
    counts replies by (host, target, status), `sent` bytes of bodies by host; `recent` holds the last 1,000
    requests.
    """

    def __init__(self, papers: tuple[Newspaper, ...], tls: SSLContext | None = None) -> None:
        self._sites: Mapping[str, Site] = {paper.host: site(paper) for paper in papers}
        if len(self._sites) != len(papers):
            raise ValueError("two newspapers have the same host")
        self._faults: list[Fault] = []
        self._tls = tls
        self.addresses: dict[str, str] = {}
        self.reset_counts()

    def reset_counts(self) -> None:
        """Begin counting anew."""
        self.counts: Counter[tuple[str, str, int]] = Counter()
        self.sent: Counter[str] = Counter()
        self.recent: deque[Seen] = deque(maxlen=1000)

    def requests(self, *, host: str | None = None, status: int | None = None) -> int:
        """How many requests were answered, of one paper and with one status where these are given."""
        counts = dict(self.counts)  # the thread that serves goes on counting
        return sum(count for (at, _, code), count in counts.items() if host in (None, at) and status in (None, code))

    def set_clock(self, day: int, time: str = EVENING) -> None:
        """Set the clock of all papers: a day of the demo (0 is 1 September 2026) and HH:MM, UTC+7."""
        for served in self._sites.values():
            served.paper.set_clock(day, time)

    def fault(
        self, pattern: str, kind: str, *, times: int | None = None, host: str | None = None, **params: object
    ) -> Fault:
        """Spoil the replies to targets that match from now on; kinds and parameters are those of FAULTS."""
        fault = Fault(pattern, kind, times, host, params)
        self._faults = [*self._faults, fault]
        return fault

    def heal(self) -> None:
        """End all faults."""
        self._faults = []

    async def listen(self) -> list[asyncio.Server]:
        """Open one port of 127.0.0.1 for each paper, under TLS where the server has a certificate."""
        servers = []
        for host, served in self._sites.items():
            server = await asyncio.start_server(partial(self._converse, served), "127.0.0.1", 0, ssl=self._tls)
            port = server.sockets[0].getsockname()[1]
            self.addresses[host] = f"https://localhost:{port}" if self._tls else f"http://127.0.0.1:{port}"
            servers.append(server)
        return servers

    async def _converse(self, served: Site, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests on one connection until it ends."""
        try:
            while request := await asyncio.wait_for(read_request(reader), _IDLE_SECONDS):
                if not await self._answer(served, request, writer):
                    break
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            # The client went away or has nothing more to ask, or the server stops.
            pass
        finally:
            writer.close()

    async def _answer(self, served: Site, request: Request, writer: asyncio.StreamWriter) -> bool:
        """Send one reply; False when the connection must end."""
        reply = conditional(self._reply(served, request), request.headers)
        body, extra = encode(reply, request.headers)
        start = head(reply, len(body), (*extra, ("Date", http_date(served.paper.now))), keep=request.keep)
        sent = b"" if request.method == "HEAD" else body
        if reply.cut is not None:
            sent = sent[: int(len(sent) * reply.cut)]
        host = served.paper.host
        self.counts[host, request.target, reply.status] += 1
        self.sent[host] += len(sent)
        self.recent.append(
            Seen(
                host,
                request.method,
                request.target,
                request.headers,
                reply.status,
                len(sent),
                time.monotonic(),
            )
        )
        await asyncio.sleep(reply.delay)
        await send(writer, start, sent, reply)
        return request.keep and reply.cut is None

    def _reply(self, served: Site, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            return replace(text_reply("Method Not Allowed\n", TEXT, status=405), headers=(("Allow", "GET, HEAD"),))
        reply = served.answer(request.target)
        asked = Asked(served.paper.host, request.target)
        for fault in self._faults:
            reply = fault.spoil(reply, asked)
        return reply


async def _run(server: Server, ready: Future[Callable[[], object]]) -> None:
    """Listen until told to stop; `ready` gets the function that stops it, or why listening failed."""
    stop = asyncio.Event()
    try:
        listening = await server.listen()
    except OSError as error:
        ready.set_exception(error)
        return
    loop = asyncio.get_running_loop()
    ready.set_result(lambda: loop.call_soon_threadsafe(stop.set))
    await stop.wait()
    for listener in listening:
        listener.close()


@contextmanager
def serve(*papers: Newspaper, tls: SSLContext | None = None) -> Iterator[Server]:
    """Serve newspapers on 127.0.0.1, each on a port of its own, until the block ends.

    Raises OSError when no port can be opened.
    """
    server = Server(papers, tls)
    ready: Future[Callable[[], object]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(_run(server, ready)), name="demo", daemon=True)
    thread.start()
    stop = ready.result()
    try:
        yield server
    finally:
        stop()
        thread.join()
