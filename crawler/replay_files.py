"""The WARC files of a replay: which they are, whose, in which order, and what of them is lost."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archive import warc
from archive.schema import ArchiveError, open_read_only, plain_errors
from crawler.replay import file_in, sources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from archive.carried import Carried
    from archive.warc import DamagedError, Record

FILES = "SELECT DISTINCT file FROM captures"
WITHIN = 'SELECT count(*) FROM captures WHERE file = ? AND "offset" >= ? AND "offset" < ?'


@dataclass(slots=True)
class Files:
    """The WARC files that are replayed, and `lacking`: what could not be, each as one line.

    `database` is that of the archive whose files they are, which knows what is lost with a damaged place: None
    where files were named by hand.
    """

    data: Path
    database: Path | None = None
    lacking: list[str] = field(default_factory=list)

    def of_the_archive(self) -> list[Path]:
        """List the files in the data folder, and note those that the archive has captures in and that are not there."""
        folder = self.data / "warc"
        folders = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        found = sorted(path for one in folders for path in one.iterdir() if path.name.endswith(".warc.gz"))
        known = self._asked(FILES)
        gone = {row[0] for row in known or ()} - {file_in(self.data, path) for path in found}
        why = "is missing, and with it captures: put it back from a backup"
        self.lacking += [f"{file}: {why}" for file in sorted(gone)]
        return found

    def records(self, path: Path) -> Iterator[Record]:
        """Read the responses of a file; damaged places are left out, and noted.

        Raises ArchiveError for a file that was named by hand and in which nothing can be read.
        """
        is_empty, why = True, None

        def note(error: DamagedError, following: int | None) -> None:
            nonlocal why
            why = error
            line = self._line(path, error.at, following)
            self.lacking += [line] if line not in self.lacking else []

        for record in warc.sound_records(path, note):
            is_empty = False
            yield record
        if why is not None and is_empty and self.database is None:
            raise why

    def _line(self, path: Path, start: int, following: int | None) -> str:
        """Say what a damaged place is, and how many captures are lost with it."""
        end = path.stat().st_size if following is None else following
        asked = self._asked(WITHIN, file_in(self.data, path), start, end)
        if following is None and self.database is not None and not (asked and asked[0][0]):
            return f"{path}: torn after byte {start}, as a killed crawl leaves it: what follows is left out"
        lost = f"{asked[0][0]:,} captures are" if asked else "what was captured there is"
        return f"{path}: damaged from byte {start} to {end}: {lost} left out: put the file back from a backup"

    def _asked(self, query: str, *values: object) -> list[Any] | None:
        """Ask the archive; None where there is none that can be read."""
        if self.database is None:
            return None
        try:
            with closing(open_read_only(self.database)) as conn, plain_errors(self.database):
                return conn.execute(query, values).fetchall()
        except ArchiveError:
            return None

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


def source_of(path: Path, url: str) -> str:
    """The source of a WARC file: the folder it lies in, else whose host its first address names."""
    from archive.urls import in_domains

    if path.parent.name in sources():
        return path.parent.name
    for name, spider in sources().items():
        if in_domains(url, spider.as_source().domains):
            return name
    raise ArchiveError(f"{path}: {url} is an address of no source: `baotinh sources` names those there are")
