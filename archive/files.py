"""Files that are written whole or not at all: temporary names, scratch, fsync, rename, digests, the keeper's lock."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from archive.schema import ArchiveError, BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK = 2**20
PARTIAL = ".partial"
"""How the name of a file or folder ends while it is written; such names are never anything else."""
LOCK = "locks/.keeper.lock"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""What the system says where a file may not grow: no space, no quota, over the limit of a process."""
SCRATCH = "baotinh-verify-"
"""How the name of a scratch folder begins. It holds texts: none must outlive its process for long."""


def sync(path: Path) -> None:
    """Put a file, or the names in a folder, onto the disk (fsync)."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Hand out a temporary name beside `path`; what the block wrote there takes its place when it succeeds."""
    partial = path.with_name(f"{path.name}{PARTIAL}")
    try:
        yield partial
        sync(partial)
        partial.replace(path)
        sync(path.parent)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """Write a small file; a reader sees the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as partial:
        partial.touch(mode)
        partial.write_bytes(content)


def digest_of(path: Path, length: int | None = None, report: Callable[[int], None] | None = None) -> str:
    """Return the sha256 (hex) of a file, or of its first `length` bytes; `report` is told of each piece's size.

    Raises ArchiveError when the file is shorter than `length`.
    """
    digest, left = hashlib.sha256(), path.stat().st_size if length is None else length
    with path.open("rb") as stream:
        while left and (piece := stream.read(min(CHUNK, left))):
            digest.update(piece)
            left -= len(piece)
            if report is not None:
                report(len(piece))
    if left:
        raise ArchiveError(f"{path}: {left:,} bytes of it are missing")
    return digest.hexdigest()


def check_room(folder: Path, needed: int) -> None:
    """Raise ArchiveError when the disk of `folder` has fewer than `needed` bytes left.

    Filling the disk first and failing then would stop a crawl that is running beside.
    """
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise ArchiveError(
            f"{folder}: the disk has {free / 1e6:,.1f} MB left and {needed / 1e6:,.1f} MB are needed: "
            "make room, then run again"
        )


def unwritten(path: Path | str, error: OSError) -> ArchiveError:
    """Return what to tell of a file that could not be written."""
    if error.errno in FULL:
        return ArchiveError(f"{path}: the disk is full: make room, then run again ({error.strerror})")
    return ArchiveError(f"{path}: cannot be written: {error.strerror}: mend that, then run again")


@contextmanager
def keeping(data: Path, *, shared: bool = False) -> Iterator[None]:
    """Hold the keeper's lock of a data folder: snapshot, withdraw, backup and restore come one at a time.

    `shared` is for readers, several at once, who need no right to write; they go without where nothing
    was ever locked. Raises BusyError when another process holds the lock.
    """
    path = data / LOCK
    if shared and not path.exists():
        yield
        return
    if not shared:
        path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDONLY if shared else os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BusyError(
                f"{data}: a snapshot, backup or the like is being made: run again when it has ended"
            ) from error
        yield
    finally:
        os.close(handle)


@contextmanager
def keeping_new(folder: Path) -> Iterator[None]:
    """Hold the keeper's lock of a folder that may be new: where the block fails, what the lock needed goes again."""
    lock = folder / LOCK
    had_lock = lock.exists()
    with made_by(lock.parent, folder, *folder.parents), keeping(folder):
        try:
            yield
        except BaseException:
            if not had_lock:
                lock.unlink(missing_ok=True)
            raise


@contextmanager
def alone(path: Path, work: str) -> Iterator[None]:
    """Hold the lock file `path`, which is there for as long; raises BusyError when another process holds it.

    The lock is of this process alone (POSIX): those that it forks do not keep it when this one is killed.
    """
    handle = _locked(path, work)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path, work: str) -> int:
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError) as error:
            os.close(handle)
            raise BusyError(f"{work}: run again when it has ended") from error
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)  # the one before removed it after it was opened here


@contextmanager
def made_by(*folders: Path) -> Iterator[None]:
    """Where the block fails, remove those of the folders (the innermost first) that it made and left empty."""
    made = [folder for folder in folders if not folder.exists()]
    try:
        yield
    except BaseException:
        with suppress(OSError):
            for folder in made:
                folder.rmdir()
        raise


@contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """Hand out a folder in `place`, which goes with all it holds; killed, with the next `clear_scratch`."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=SCRATCH, dir=place))
        with suppress(FileNotFoundError):  # another process may clear it away before it is locked
            handle = os.open(folder, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
            if folder.exists():
                break
            os.close(handle)
    try:
        yield folder
    finally:
        discard(folder)
        os.close(handle)


def clear_scratch(place: Path) -> None:
    """Remove the scratch folders of processes that were killed: nobody holds a lock on them."""
    for folder in place.glob(f"{SCRATCH}*"):
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                discard(folder)
            finally:
                os.close(handle)


def discard(path: Path) -> None:
    """Remove a file or a folder with all it holds; one that is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
