"""Differences as HTML: what the older reading had, what the newer one has, for those who see it and those who hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape

if TYPE_CHECKING:
    from collections.abc import Iterable

    from archive.diff import Piece
    from archive.web.messages import Messages

TAGS = {"removed": Markup("<del>{}</del>"), "added": Markup("<ins>{}</ins>")}
SAID = Markup('<span class="said" lang="{0}">[{1}: </span>{2}<span class="said">]</span>')
GAP = " "


def shown(pieces: Iterable[Piece], told: Messages | None = None) -> Markup:
    """Write pieces as HTML: `<del>` what the older reading had, `<ins>` what the newer one has.

    White space stands outside of the marks, and two marks have a gap between them: copied as text, they stay
    two words. With the messages of a page each mark is also said in words, which screen readers need.
    """
    parts: list[Markup] = []
    after_mark = False
    for piece in pieces:
        core = piece.text.strip()
        if piece.op == "same" or not core:
            parts.append(escape(piece.text) if piece.op == "same" else TAGS[piece.op].format(piece.text))
            after_mark = False
            continue
        before, _, behind = piece.text.partition(core)
        mark = TAGS[piece.op].format(_said(piece, core, told) if told else core)
        parts += [escape(before or (GAP if after_mark else "")), mark, escape(behind)]
        after_mark = not behind
    return Markup("").join(parts)


def _said(piece: Piece, core: str, told: Messages) -> Markup:
    word = told.gettext("removed") if piece.op == "removed" else told.gettext("added")
    return SAID.format(told.language, word, core)
