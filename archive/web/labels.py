"""What Datasette's own pages do not tell those who hear them: names of form fields, levels of headings."""

from __future__ import annotations

from markupsafe import Markup

NAMED = {
    '<select name="_filter_column': '<select aria-label="Column" name="_filter_column',
    '<select name="_filter_op': '<select aria-label="Comparison" name="_filter_op',
    '<input type="text" name="_filter_value': '<input type="text" aria-label="Value" name="_filter_value',
    '<select name="_sort"': '<select aria-label="Order" name="_sort"',
    '<textarea id="sql-editor"': '<textarea id="sql-editor" aria-label="SQL"',
    'class="cross">': 'class="cross" aria-label="Remove">',
    '<pre id="sql-query">': '<pre id="sql-query" tabindex="0">',
    '<dl class="column-descriptions">': '<details><summary>Columns</summary><dl class="column-descriptions">',
    "</dl>": "</dl></details>",
    '<div class="table-wrapper">': '<div class="table-wrapper" tabindex="0" role="group" aria-label="Rows">',
}
"""Pieces of Datasette 0.65's templates, and what stands there instead; stored text is escaped and holds none."""


def labelled(page: str) -> Markup:
    """Name the fields of a page, let what scrolls be reached by keyboard, and make its headings a ladder.

    Datasette goes from the title of a page to headings of the third level; those before the first of the second
    become such.
    """
    text = str(page)  # of Markup, which would escape what replaces
    for piece, named in NAMED.items():
        text = text.replace(piece, named)
    before, second, behind = text.partition("<h2")
    before = before.replace("<h3", "<h2").replace("</h3>", "</h2>")
    return Markup(f"{before}{second}{behind}")  # noqa: S704 — what Datasette has escaped
