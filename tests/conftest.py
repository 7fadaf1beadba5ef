"""How the tests run: hypothesis times no example, and what shortens a page of the web is not met by a busy machine."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

settings.register_profile("local", deadline=None)
settings.register_profile("ci", derandomize=True, deadline=None)  # the same examples every time
settings.load_profile("ci" if os.environ.get("CI") else "local")

PATIENCE = 600  # seconds


@pytest.fixture(autouse=True, scope="session")
def unhurried() -> Iterator[None]:
    """Give pages that a test asks for in its own process all the time they need; tests of the limits set their own."""
    with pytest.MonkeyPatch.context() as patched:
        if "archive.serve" in sys.modules:  # Datasette takes a second to import, and most tests need none
            for name in ("sql_time_limit_ms", "facet_time_limit_ms"):
                patched.setitem(sys.modules["archive.serve"].SETTINGS, name, PATIENCE * 1000)
            patched.setattr("archive.web.article_pages.GRADING", PATIENCE)
            patched.setattr("archive.follow.LOOKING", PATIENCE)
        yield
