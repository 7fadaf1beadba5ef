"""The WARC files of a replay: which they are, whose, in which order, and up to which byte they are whole."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from archive import warc
from archive.schema import ArchiveError, open_read_only, plain_errors
from archive.warc_tail import torn_at
from crawler.replay import file_in, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from archive.carried import Carried
    from archive.warc import Record

WRITTEN = 'SELECT file, max("offset" + length) FROM captures GROUP BY file'


@dataclass(slots=True)
class Files:
    """The WARC files that are replayed, and `lacking`: what could not be, each as one line.

    `written` says up to which byte the archive has captures in each file (by its name in `captures`): empty
    where its database is lost, None where files were named by hand, which must be whole.
    """

    data: Path
    written: Mapping[str, int] | None = None
    lacking: list[str] = field(default_factory=list)

    def of_the_archive(self) -> list[Path]:
        """List the files in the data folder, and note those that the archive has captures in and that are not there."""
        folder = self.data / "warc"
        folders = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        found = sorted(path for one in folders for path in one.iterdir() if path.name.endswith(".warc.gz"))
        gone = set(self.written or ()) - {file_in(self.data, path) for path in found}
        why = "is missing, and with it captures: put it back from a backup"
        self.lacking += [f"{file}: {why}" for file in sorted(gone)]
        return found

    def records(self, path: Path) -> Iterator[Record]:
        """Read the responses of a file; a torn end that the archive knows no captures in is left out, and noted."""
        held: Record | None = None
        try:
            for record in warc.records(path):
                if held is not None:
                    yield held
                held = record
        except ArchiveError:
            end = None if self.written is None else torn_at(path)
            if end is None or self.written is None or end < self.written.get(file_in(self.data, path), 0):
                raise
            note = f"{path}: torn after byte {end}, as a killed crawl leaves it: what follows is left out"
            self.lacking += [note] if note not in self.lacking else []
            held = None if held is not None and held.offset >= end else held
        if held is not None:
            yield held

    def by_source(self, paths: Iterable[Path], carried: Carried) -> dict[str, list[Path]]:
        """Sort files by the source that their addresses belong to, in the order of their first captures.

        Files without any capture are left out. Raises ArchiveError for one whose addresses are no known source's.
        """
        found: defaultdict[str, list[tuple[datetime, Path]]] = defaultdict(list)
        for path in paths:
            first = next(self.records(path), None)
            sealed = carried.sealed.get(file_in(self.data, path), ())
            begun = [(one.fetched_at, one.url) for one in (first, *sealed[:1]) if one is not None]
            if begun:
                found[source_of(path, begun[0][1])].append((min(begun)[0], path))
        return {name: [path for _, path in sorted(files)] for name, files in sorted(found.items())}


def written(database: Path) -> dict[str, int]:
    """Return up to which byte the archive has captures in each WARC file; nothing where it cannot be read."""
    try:
        with closing(open_read_only(database)) as conn, plain_errors(database):
            return dict(map(tuple, conn.execute(WRITTEN)))
    except ArchiveError:
        return {}


def source_of(path: Path, url: str) -> str:
    """The source of a WARC file: the folder it lies in, else whose host its first address names."""
    from archive.urls import in_domains

    if path.parent.name in sources():
        return path.parent.name
    for name, spider in sources().items():
        if in_domains(url, spider.as_source().domains):
            return name
    raise ArchiveError(f"{path}: {url} is an address of no source: `baotinh sources` names those there are")
