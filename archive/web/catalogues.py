"""`python -m archive.web.catalogues`: collect the messages of the interface, keep the catalogues in step, compile."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages import Catalog, extract, mofile, pofile

from archive.web.messages import CATALOGUES, LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
SOURCE = "en"
"""The language in which the code writes its messages: its catalogue repeats them."""


def extracted() -> Catalog:
    """Collect every message of the code and the templates, in the order of the alphabet."""
    catalogue = Catalog(project="baotinh", charset="utf-8")
    found = extract.extract_from_dir(HERE, METHODS, options_map={"**.html": {"silent": "false"}})
    for file, _, message, comments, context in found:
        catalogue.add(message, None, [(f"archive/web/{file}", 1)], auto_comments=comments, context=context)
    return catalogue


def path(language: str, suffix: str) -> Path:
    """Return where a language's catalogue lies, as text (.po) or compiled (.mo)."""
    return CATALOGUES / language / "LC_MESSAGES" / f"messages{suffix}"


def updated(language: str) -> Catalog:
    """Return a language's catalogue with exactly the messages of the code; new ones untranslated."""
    file = path(language, ".po")
    known = pofile.read_po(io.BytesIO(file.read_bytes()), locale=language) if file.exists() else Catalog(language)
    catalogue = Catalog(language, project="baotinh", charset="utf-8", fuzzy=False)
    for message in extracted():
        if message.id:
            old = known.get(message.id)
            text = message.id if language == SOURCE else old.string if old else None
            catalogue.add(message.id, text, message.locations)
    return catalogue


def missing(catalogue: Catalog) -> Iterator[str]:
    """Yield the messages that have no translation, or one that lacks a value its message names."""
    for message in catalogue:
        if not message.id:
            continue
        strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
        if not all(strings) or list(message.check()):
            yield message.id if isinstance(message.id, str) else message.id[0]


def as_text(catalogue: Catalog) -> bytes:
    """Write a catalogue as PO: sorted, with files but no line numbers, without the time of writing."""
    out = io.BytesIO()
    pofile.write_po(out, catalogue, sort_output=True, omit_header=True, include_lineno=False, width=110)
    head = f'# The interface of the newsroom, {catalogue.locale}: written by `make messages`.\nmsgid ""\nmsgstr ""\n'
    plural = f'"Content-Type: text/plain; charset=utf-8\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    return (head + plural).encode() + out.getvalue()


def compiled(text: bytes, language: str) -> bytes:
    """Compile the PO text of a catalogue to what gettext reads (MO)."""
    out = io.BytesIO()
    catalogue = pofile.read_po(io.BytesIO(text), locale=language)
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # equal text, equal bytes
    mofile.write_mo(out, catalogue)
    return out.getvalue()


def main() -> int:
    """Write all catalogues; exit 1 when a message is not translated."""
    left = 0
    for language in LANGUAGES:
        catalogue = updated(language)
        text = as_text(catalogue)
        path(language, ".po").parent.mkdir(parents=True, exist_ok=True)
        path(language, ".po").write_bytes(text)
        path(language, ".mo").write_bytes(compiled(text, language))
        for message in missing(catalogue):
            left += 1
            sys.stderr.write(f"{language}: not translated: {message}\n")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
