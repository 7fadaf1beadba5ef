"""`make screens`: pictures of every page (light, dark, narrow, wide, Arabic, empty, long) into screens/."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from newsroom_browser import browsing, chromium, serving

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from newsroom_archive import ARABIC, EDITED, GONE, LONG, PICTURES, WITHDRAWN, build

SCREENS = Path(__file__).resolve().parents[2] / "screens"
PAGES = {
    "front": "/",
    "search": "/?q=đập",
    "search-folded": "/?q=suoi can&order=best",
    "search-filtered": "/?q=xã&source=baolamdong&is=comments&from=2025-06-01&to=2026-06-30",
    "empty": "/?q=suoii canh",
    "article": f"/article/{EDITED}",
    "article-gone": f"/article/{GONE}",
    "article-arabic": f"/article/{ARABIC}",
    "article-long": f"/article/{LONG}",
    "article-pictures": f"/article/{PICTURES}",
    "revision": f"/article/{EDITED}/revision/1",
    "history": f"/article/{EDITED}/history",
    "compare": f"/article/{EDITED}/compare/1/4",
    "compare-inline": f"/article/{EDITED}/compare/1/4?view=inline",
    "changes": "/changes",
    "vanished": "/vanished",
    "sources": "/sources",
    "withdrawn": f"/article/{WITHDRAWN}",
    "missing": "/nowhere",
    "english": "/?q=đập&lang=en",
    "tables": "/archive",
    "table": "/archive/articles?_search=dap",
    "capture": "/capture/1",
    "row": f"/archive/articles/{EDITED}",
}
LOOKS = {
    "light": {"viewport": {"width": 1200, "height": 900}},
    "dark": {"viewport": {"width": 1200, "height": 900}, "color_scheme": "dark"},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "wide": {"viewport": {"width": 1600, "height": 1000}},
}


def main() -> int:
    """Take the pictures; arguments name pages or looks to take only those."""
    if chromium() is None:
        sys.stderr.write("no chromium here: install it first (apt-get install chromium)\n")
        return 1
    names = set(sys.argv[1:])
    SCREENS.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(build(Path(folder) / "data")) as address,
        browsing() as browser,
    ):
        for look, settings in LOOKS.items():
            context = browser.new_context(locale="vi-VN", **settings)
            page = context.new_page()
            for name, path in PAGES.items():
                if not names or {name, look} & names:
                    page.goto(address + path)
                    page.screenshot(path=SCREENS / f"{name}-{look}.png", full_page=True)
            context.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
