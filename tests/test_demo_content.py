"""The demo newspaper's content files: what is refused, and that the shipped ones are whole."""

import re
from pathlib import Path

import pytest
from demo_client import ARABIC, ARABIC_SILENT, BRIDGE, FAIR, LATER, write

from crawler.demo.content import ContentError, load
from crawler.demo.paper import Newspaper, demo_papers
from crawler.demo.server import serve


@pytest.fixture
def papers(tmp_path: Path) -> tuple[Newspaper, Newspaper]:
    return demo_papers(write(tmp_path, BRIDGE, FAIR, LATER, ARABIC, ARABIC_SILENT))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"section": "bong-da"}, "section 'bong-da' is none of thoi-su"),
        ({"slug": "Có dấu"}, "slug 'Có dấu' must be"),
        ({"time": "25:00"}, "time must be HH:MM"),
        ({"day": "1"}, "day must be a whole number"),
        ({"title": " "}, "title must be a text"),
        ({"paragraphs": []}, "at least one"),
        ({"colour": "red"}, "unknown key colour"),
        ({"comments": {"x": 1}}, "comments: the day"),
        ({"comments": {"1": -1}}, "comments of day 1"),
        ({"images": ["a.jpg"]}, "images: each is"),
        ({"events": [{"day": 2, "kind": "burn"}]}, "the kind is edit, remove or restore"),
        ({"events": [{"day": 2, "kind": "edit", "replace": [["9,9 tỷ", "1"]]}]}, "'9,9 tỷ' does not occur"),
        ({"events": [{"day": 2, "kind": "edit"}]}, "an edit, and nothing else"),
        ({"events": [{"day": -3, "kind": "remove"}]}, "follow publication"),
        ({"events": [{"day": 2, "kind": "restore"}]}, "must alternate"),
    ],
)
def test_bad_content_is_named_by_file_and_line(tmp_path, change, message):
    with pytest.raises(ContentError, match=re.escape(message)) as error:
        load(write(tmp_path, FAIR, BRIDGE | change))
    assert str(error.value).startswith("own.jsonl line 2: ")


def test_content_must_fit_together(tmp_path):
    with pytest.raises(ContentError, match="stands twice"):
        load(write(tmp_path, FAIR, FAIR))
    with pytest.raises(ContentError, match="is no Vietnamese slug"):
        load(write(tmp_path, FAIR, ARABIC))
    with pytest.raises(ContentError, match="no Vietnamese story"):
        load(write(tmp_path, ARABIC))
    with pytest.raises(ContentError, match="no Arabic story"):
        demo_papers(write(tmp_path, BRIDGE))
    (tmp_path / "own.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(ContentError, match=r"own\.jsonl line 1: no JSON"):
        load(tmp_path)


def test_a_newspaper_that_cannot_be_is_refused(papers):
    stories = papers[0].stories
    for wrong in ({"edition": "vietnamvn"}, {"size": 0}, {"original": papers[0]}):
        with pytest.raises(ValueError, match="needs"):
            Newspaper(stories, **wrong)
    with pytest.raises(ValueError, match="same host"), serve(papers[0], papers[0]):
        pass


def test_the_shipped_content_is_whole():
    paper, arabic = demo_papers()
    assert len(paper.stories) >= 120
    assert len(arabic.stories) >= 12
    assert all(arabic.source_address(story) for story in arabic.stories)
    kinds = {event.kind for story in paper.stories for event in story.events}
    assert kinds == {"edit", "remove", "restore"}
