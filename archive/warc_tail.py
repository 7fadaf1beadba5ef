"""What a killed writer leaves at the end of a WARC file, and how it is cut."""

from __future__ import annotations

import mmap
import os
import zlib
from typing import TYPE_CHECKING

from archive.schema import ArchiveError
from archive.warc_member import next_record

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

CHUNK = 2**16


def mend(path: Path, start: int = 0) -> int:
    """Cut what a killed writer left after the last whole record, and return how many bytes were cut.

    `start` is a byte where a record is known to begin or end: what lies before is not looked at. Raises
    ArchiveError when whole records follow the damage: that is no torn tail, and nothing is cut.
    """
    with path.open("r+b") as file:
        file.seek(start)
        end = _whole_until(file)
        size = file.seek(0, os.SEEK_END)
        if end == size:
            return 0
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            following = next_record(whole, end, size)
        if following is not None:
            raise ArchiveError(f"{path}: damaged at byte {end}, with whole records after it: nothing was cut")
        file.truncate(end)
        os.fsync(file.fileno())
        return size - end


def _whole_until(file: BinaryIO) -> int:
    """Return the end of the last whole gzip member; the file stands at the begin of one."""
    end = file.tell()
    unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
    while chunk := file.read(CHUNK):
        while chunk:
            try:
                unpack.decompress(chunk, CHUNK)
                while not unpack.eof and unpack.unconsumed_tail:
                    unpack.decompress(unpack.unconsumed_tail, CHUNK)
            except zlib.error:
                return end
            if not unpack.eof:
                break
            chunk = unpack.unused_data
            end = file.tell() - len(chunk)
            unpack = zlib.decompressobj(zlib.MAX_WBITS + 16)
    return end
