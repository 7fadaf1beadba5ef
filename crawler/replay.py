"""Captures read again, in time order, through the present readers, into an archive of their own; offline."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from archive import runs, warc
from archive.urls import canonical
from crawler.absences import Absences
from crawler.heal import listed
from crawler.judge import Answer, Judge
from crawler.named import Named
from crawler.pages import GenericPage, NotArticle, read
from crawler.recorded import Recorded
from crawler.run import spiders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future, ProcessPoolExecutor
    from pathlib import Path

    from archive.items import Article, Capture, Item
    from archive.store import Store
    from archive.warc import Record
    from crawler.base import NewsSpider

BATCH = 200
REPLAYED = "replayed"


@lru_cache(maxsize=1)
def sources() -> dict[str, type[NewsSpider]]:
    """Every source's spider class by name."""
    return spiders()


def read_page(source: str, body: bytes, url: str, content_type: str | None, captured_at: Any) -> Article | NotArticle:
    """Read one page as its source's spider does; runs in a process of the pool."""
    layouts = (*sources()[source].layouts, GenericPage)
    return read(body, url, layouts, content_type=content_type, captured_at=captured_at)


@dataclass(slots=True)
class Step:
    """One captured response on its way: its answer to judge and the reading that is being made, if any.

    `record` is None where it was withdrawn: its row is all that is left.
    """

    capture: Capture
    record: Record | None
    answer: Answer | None = None
    reading: Future[Article | NotArticle] | None = None


@dataclass(slots=True)
class Replay:
    """Replays the WARC files of one source into `store`, in the order of their runs.

    `pool` reads pages; `told` hears of every response that is done. `sealed` are the captures that were
    withdrawn, by file; `records` reads a file. `counts` are outcomes and what could not be read.
    """

    source: type[NewsSpider]
    store: Store
    data: Path
    pool: ProcessPoolExecutor
    told: Callable[[], None]
    sealed: Mapping[str, Sequence[Capture]] = field(default_factory=dict)
    records: Callable[[Path], Iterator[Record]] = warc.records
    counts: Counter[str] = field(default_factory=Counter)
    _named: Named = field(init=False)
    _keys: set[str] = field(default_factory=set)
    _captures: list[Capture] = field(default_factory=list)
    _items: list[Item] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin without names."""
        self._named = Named(self.count)

    def run(self, path: Path) -> None:
        """Replay one WARC file, which is one run."""
        run_id = None
        absences, recorded = Absences(), self.recorded()
        last = None
        for batch in batches(self.steps(path, recorded)):
            for step in batch:
                if run_id is None:
                    run_id = self.store.open_run(self.source.name, step.capture.fetched_at)
                self.take(run_id, step, absences, recorded)
                last = step.capture.fetched_at
                self.told()
        if run_id is not None and last is not None:
            self._items.extend(absences.released(at_end=True))
            self.flush(run_id)
            self._items.extend(self._named.items(self.judge))
            self.flush(run_id)
            self.store.close_run(run_id, last, REPLAYED, None, {})

    def recorded(self) -> Recorded:
        """What tells the captured responses of this source apart."""
        domains = (*self.source.allowed_domains, *self.source.former_domains)
        pattern = re.compile(self.source.article_url)
        return Recorded(domains, pattern, self.count, frozenset(self.source.feeds))

    def count(self, name: str) -> None:
        """Count something that gave no item."""
        self.counts[name] += 1

    @property
    def judge(self) -> Judge:
        """The judge of this source's answers, asking the new archive what is known."""
        domains = (*self.source.allowed_domains, *self.source.former_domains)
        return Judge(self.source.name, domains, (*self.source.layouts, GenericPage), self.store, self.count)

    def steps(self, path: Path, recorded: Recorded) -> Iterator[Step]:
        """The responses of a file in order, their pages on the way to being read."""
        file = file_in(self.data, path)
        seen: dict[tuple[str, Any], tuple[str, int]] = {}
        withdrawn = list(self.sealed.get(file, ()))
        for capture in withdrawn:
            if capture.revisit_of is None:
                seen[capture.url, capture.fetched_at] = (file, capture.offset)
        for record in self.records(path):
            while withdrawn and withdrawn[0].offset < record.offset:
                yield Step(withdrawn.pop(0), None)
            if record.refers_to is None:
                seen[record.url, record.fetched_at] = (file, record.offset)
            capture = record.capture(file, runs.place(self.store.conn, record, seen))
            if record.refers_to is not None and capture.revisit_of is None:
                self.count("reading/lost bytes")
            answer = recorded.answer(record, capture)
            step = Step(capture, record, answer)
            if answer is not None and record.type == "response" and record.status == 200:  # noqa: PLR2004
                step.reading = self.pool.submit(
                    read_page, self.source.name, answer.body, answer.url, answer.content_type, capture.fetched_at
                )
            yield step
        yield from (Step(capture, None) for capture in withdrawn)

    def take(self, run_id: int, step: Step, absences: Absences, recorded: Recorded) -> None:
        """Judge one response; what is known must be saved before it is asked for."""
        if step.record is None:
            self._captures.append(step.capture)
            return
        addresses = {step.record.url, *([step.answer.asked] if step.answer else [])}
        entries = recorded.entries(step.record) if step.answer is None else []
        if entries or self._keys & set(map(key, addresses)) or len(self._captures) >= BATCH:
            self.flush(run_id)
        self._captures.append(step.capture)
        self._items.extend(listed(entries, step.capture, self.judge, self._named))
        if step.answer is None:
            return
        answer = step.answer
        if not answer.entry:
            answer = answer.with_entry(recorded.memory.of(answer.asked))
        judge, reading = self.judge, step.reading.result() if step.reading else None
        if step.capture.revisit_of is not None and not judge.unchanged(answer) and answer.gone_reason is None:
            answer = recorded.restored(answer, self.data)
            reading = None if judge.settled(answer) else judge.read(answer)
        item = judge.conclude(answer, reading)
        self._keys.update(map(key, addresses))
        if not absences.holds(item) and item is not None:
            self._items.append(item)
            self._keys.add(key(item.url))
        self._items.extend(absences.released())

    def flush(self, run_id: int) -> None:
        """Save the batch."""
        self.counts.update(self.store.save(run_id, self._captures, self._items))
        self._captures, self._items = [], []
        self._keys.clear()


def file_in(data: Path, path: Path) -> str:
    """Name a WARC file as `captures` does: relative to the data folder, where it lies there."""
    return str(path.relative_to(data)) if path.is_relative_to(data) else str(path)


def key(url: str) -> str:
    """The canonical key of an address, or the address where it has none."""
    try:
        return canonical(url)
    except ValueError:
        return url


def batches(steps: Iterator[Step], size: int = BATCH) -> Iterator[list[Step]]:
    """Steps by the hundred, one batch ahead of the one that is being taken, so that the pool never waits."""
    waiting: list[Step] = []
    ahead: list[Step] = []
    for step in steps:
        ahead.append(step)
        if len(ahead) >= size:
            if waiting:
                yield waiting
            waiting, ahead = ahead, []
    yield from (batch for batch in (waiting, ahead) if batch)
