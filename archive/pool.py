"""Processes that share one piece of work, and end with the one that started them."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from typing import TYPE_CHECKING

from archive.schema import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def processes(number: int) -> Iterator[ProcessPoolExecutor]:
    """Hand out a pool of forked processes, which start at the first task; after an error the rest is not done.

    Forked, since a spawned process would load all of the command anew, which takes longer than most of the
    work. SQLite must not be carried across a fork: no task may use an archive that was open before. Raises
    ArchiveError when one of the processes was killed.
    """
    pool = ProcessPoolExecutor(number, mp_context=get_context("fork"), initializer=_end_with_parent)
    try:
        yield pool
    except BrokenProcessPool as error:
        raise ArchiveError("one of its processes was killed, for want of memory perhaps: run it again") from error
    finally:
        pool.shutdown(cancel_futures=True)


def _end_with_parent() -> None:
    """Watch the process that started this one: killed, it would leave it behind, and with it the keeper's lock."""
    threading.Thread(target=_watch, daemon=True).start()


def _watch() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
