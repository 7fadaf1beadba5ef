"""Folding agrees with what the search index holds, token by token; digests see what a reader sees."""

import sqlite3
import unicodedata
from collections.abc import Iterator
from hashlib import sha256
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from archive.schema import SEARCH, connect, folded_columns, migrate
from archive.text import digest, fold, needs_fold, nfc, visible

VOWELS = "aăâeêioôơuưy"
TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
LETTERS = [unicodedata.normalize("NFC", vowel + tone) for vowel, tone in product(VOWELS, TONES)] + ["đ"]

# What stands in our papers' texts, thick with marks, tatweel, digits and characters that fold oddly.
LATIN = "aAzZ09đĐðÐăằẳẵắặÂưỰỹỲıİſßẞéñçŒǡǾøØŁ\u0300\u0301\u0303\u0306\u0309\u031b\u0323\u0332\u0338\u0345"
ARABIC = "ابتأإآٱؤئءةهىيیکك٠٣٩۰۵۹\u064b\u064e\u0651\u0654\u0670ـ"
OTHERS = (
    " .,-\n\u00a0=،؟۔ЙйЁёΣσςกำ้ຂໍ້ភាស\u17d2ខ\u17c2漢字がガ한국ㄱ\u1112\u1161\u11abᲐᏐꞖ\u200b\u200d\u00ad①²½\ufdfa\ufefb"
)
TEXT = st.text(st.sampled_from(LATIN + ARABIC + OTHERS), max_size=40) | st.text(max_size=40)
# Words of one script each: a Latin letter under a mark of another script is no word of any language.
WORD = st.one_of(st.text(st.sampled_from(script), min_size=1) for script in (LATIN, ARABIC, OTHERS))
WORDS = st.lists(WORD, max_size=6).map(" ".join)


class Index:
    """The index of the archive's own schema, seen through fts5vocab and highlight()."""

    def __init__(self) -> None:
        self.conn = sqlite3.connect(":memory:", isolation_level=None)
        self.conn.execute("CREATE TABLE t (title, lead, body, title_fold, lead_fold, body_fold)")
        for statement in SEARCH.replace('content="articles", content_rowid="search_key",', "").split(";")[:-1]:
            self.conn.execute(statement)
        self.conn.execute("CREATE VIRTUAL TABLE words USING fts5vocab(articles_fts, 'instance')")

    def tokens(self, text: str) -> list[str | None]:
        """The tokens of `text` as it stands; None for one whose marks are all dropped."""
        return self._tokens("?, NULL, NULL", (text,))

    def archived(self, text: str) -> list[str | None]:
        """The tokens of `text` as the triggers hand it to the index."""
        self.conn.execute("DELETE FROM t")
        folded = fold(text) if needs_fold(text) else None
        self.conn.execute("INSERT INTO t (title, title_fold) VALUES (?, ?)", (text, folded))
        return self._tokens(f"{folded_columns('t')} FROM t", ())

    def _tokens(self, select: str, values: tuple[str, ...]) -> list[str | None]:
        self.conn.execute("DELETE FROM articles_fts")
        self.conn.execute(f"INSERT INTO articles_fts(rowid, title, lead, body) SELECT 1, {select}", values)
        return [term for (term,) in self.conn.execute("SELECT term FROM words ORDER BY offset")]


INDEX = Index()


@pytest.fixture
def archive(tmp_path) -> Iterator[sqlite3.Connection]:
    conn = connect(tmp_path / "archive.db")
    migrate(conn)
    conn.execute("INSERT INTO sources (name, number, title) VALUES ('demo', 1, 'Demo')")
    yield conn
    conn.close()


def add(conn: sqlite3.Connection, number: int, title: str) -> None:
    folded = fold(title) if needs_fold(title) else None
    conn.execute(
        "INSERT INTO articles (search_key, source, url, title, title_fold, reader, first_seen, last_seen,"
        " last_changed) VALUES (?, 'demo', ?, ?, ?, 'onecms/1', '', '', '')",
        (number, f"https://demo.vn/{number}", title, folded),
    )


def found(conn: sqlite3.Connection, typed: str) -> list[str]:
    """The titles that match what a reader typed, with the hits of the original text in brackets."""
    hits = conn.execute(
        "SELECT highlight(articles_fts, 0, '[', ']') FROM articles_fts WHERE title MATCH ? ORDER BY rowid",
        (f'"{fold(typed)}"',),
    )
    return [title for (title,) in hits]


def test_there_are_73_vietnamese_letters() -> None:
    assert len(set(LETTERS)) == 73


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("case", [str.lower, str.upper])
@pytest.mark.parametrize("letter", LETTERS)
def test_every_vietnamese_letter_folds_as_in_the_index(letter: str, case, form: str) -> None:
    typed = unicodedata.normalize(form, case(letter))
    base = "d" if letter == "đ" else unicodedata.normalize("NFD", letter)[0]
    assert fold(typed) == base
    assert not needs_fold(typed)
    assert INDEX.archived(typed) == [base]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Lâm Đồng, ĐÀ LẠT", "lam dong, da lat"),
        ("Ðà Lạt và Ðơn ðương", "da lat va don duong"),
        ("أحمد إلى آخر ٱسم", "احمد الي اخر اسم"),
        ("مدينة دالات الكبرى", "مدينه دالات الكبري"),
        ("مُقَاطَعَة لَامْ دُونْغ", "مقاطعه لام دونغ"),
        ("الـــزهور", "الزهور"),
        ("ـه هـ", "ه ه"),
        ("مسؤول في شاطئ", "مسوول في شاطي"),
        ("٢٠٢٦ و ۲۰۲۶", "2026 و 2026"),
        ("كتابی کوچک", "كتابي كوچك"),
        ("Été à Đắk Nông: coût élevé, ação, señor", "ete a dak nong: cout eleve, acao, senor"),
        ("Край Ламдонг, ёлка, йод", "край ламдонг, ёлка, йод"),
        ("น้ำ ที่นี่", "น้ำ ที่นี่"),
        ("ນໍ້າ ຢູ່", "ນໍ້າ ຢູ່"),
        ("ភាសាខ្មែរ", "ភាសាខ្មែរ"),
        ("가나 ガギ 林同省", "가나 ガギ 林同省"),
        ("İstanbul Straße", "istanbul straße"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    for form in ("NFC", "NFD"):
        assert fold(unicodedata.normalize(form, text)) == unicodedata.normalize("NFC", folded)


def test_only_arabic_needs_a_folded_column() -> None:
    assert not any(needs_fold(text) for text in ("Lâm Đồng Ðà Lạt ð", "Край", "น้ำ", "ខ្មែរ", "가나", "", "سلام"))
    assert all(needs_fold(text) for text in ("أ", "ة", "ى", "ـ", "سَلام", "٣", "۳", "ؤ"))


@pytest.mark.parametrize("first", range(0, 0x20000, 0x1000))
def test_every_letter_alone_folds_as_in_the_index(first: int) -> None:
    letters = [chr(code) for code in range(max(first, 1), first + 0x1000) if not 0xD800 <= code <= 0xDFFF]
    text = " ".join(nfc(letter) for letter in letters)
    archived = " ".join(
        fold(letter) if needs_fold(letter) else letter.translate(str.maketrans("đĐðÐ", "dDdD"))
        for letter in text.split(" ")
    )
    assert INDEX.tokens(fold(text)) == INDEX.tokens(archived)
    assert len(INDEX.tokens(fold(text))) == len(INDEX.tokens(text))


@given(TEXT)
@example("a \u0301 ـ \u064e b")
@example("= \u0338 =\u0338")
@example("٥\u064e 5\u064e aـb ـ\u064eه")
def test_folding_keeps_number_and_order_of_tokens(text: str) -> None:
    assert len(INDEX.tokens(fold(text))) == len(INDEX.tokens(nfc(text)))


@given(WORDS)
def test_each_token_folds_by_itself(text: str) -> None:
    kept, folded = INDEX.tokens(nfc(text)), INDEX.tokens(fold(text))
    for before, after in zip(kept, folded, strict=True):
        assert after == before or INDEX.tokens(fold(before or "")) == [after]


@given(TEXT)
def test_a_query_folds_to_the_tokens_of_the_index(text: str) -> None:
    assert INDEX.tokens(fold(text)) == INDEX.archived(nfc(text))


@given(WORDS)
def test_folding_is_idempotent_and_ignores_composition(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(unicodedata.normalize("NFD", nfc(text))) == fold(text)


@given(st.text(st.sampled_from("aAđĐĂẰắ ,0")))
def test_folding_ignores_case(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower()) == fold(text)


@pytest.mark.parametrize("typed", ["lam dong", "Lâm Đồng", "LAM DONG", "Lâm Ðồng", "La\u0302m Đo\u0302\u0300ng"])
def test_search_finds_and_marks_the_original(archive: sqlite3.Connection, typed: str) -> None:
    add(archive, 1, "Nông dân Lâm Đồng được mùa")
    add(archive, 2, "Lâm Ðồng: mưa lớn")
    add(archive, 3, "Đồng bằng có lũ")
    assert found(archive, typed) == ["Nông dân [Lâm Đồng] được mùa", "[Lâm Ðồng]: mưa lớn"]


def test_arabic_search_marks_the_original(archive: sqlite3.Connection) -> None:
    add(archive, 1, "ـ أُقيمَ المِهرجان في مدينة دالات ٢٠٢٦")
    assert found(archive, "المهرجان") == ["ـ أُقيمَ [المِهرجان] في مدينة دالات ٢٠٢٦"]
    assert found(archive, "اقيم") == ["ـ [أُقيمَ] المِهرجان في مدينة دالات ٢٠٢٦"]
    assert found(archive, "مدينه") == ["ـ أُقيمَ المِهرجان في [مدينة] دالات ٢٠٢٦"]
    assert found(archive, "2026") == ["ـ أُقيمَ المِهرجان في مدينة دالات [٢٠٢٦]"]


@settings(max_examples=30)
@given(st.lists(st.text(st.sampled_from("aậđĐÐĩأة\u064eى٣ـ"), min_size=1), min_size=3, max_size=8), st.data())
def test_highlights_stand_on_the_word_that_was_typed(words: list[str], data) -> None:
    title = nfc(" ".join(words))
    word = data.draw(st.sampled_from(title.split(" ")))
    conn = sqlite3.connect(":memory:", isolation_level=None)
    conn.row_factory = sqlite3.Row
    migrate(conn)
    conn.execute("INSERT INTO sources (name, number, title) VALUES ('demo', 1, 'Demo')")
    add(conn, 1, title)
    marked = found(conn, word)
    if INDEX.tokens(fold(word)) != [None]:
        assert marked
        hits = [hit.partition("]")[0] for hit in marked[0].split("[")[1:]]
        assert {fold(part) for hit in hits for part in hit.split(" ")} == {fold(word)}
    conn.close()


def test_nfc_leaves_only_what_a_file_can_hold() -> None:
    assert nfc("La\u0302m") == "Lâm"
    assert nfc("\ud83c\udf38 \ud83c \x00") == "🌸 \ufffd \ufffd"


@given(st.text(st.characters() | st.sampled_from("\ud83c\udf38\x00\u0302")))
def test_nfc_is_storable(text: str) -> None:
    assert "\x00" not in nfc(text)
    assert nfc(text).encode().decode() == nfc(nfc(text))


@pytest.mark.parametrize(
    "same",
    [
        ("Mùa hoa", "Đà Lạt", "Một.\n\nHai."),
        ("  Mu\u0300a\u00a0hoa ", "Đà Lạt\n", "Một.\n\n\n Hai."),
        ("M\u00adùa h\u200boa", "\ufeffĐà\u3000Lạt", "\u200fMột.\r\n\r\nHai.\t"),
    ],
)
def test_digest_ignores_what_no_reader_sees(same: tuple[str, str, str]) -> None:
    assert digest(*same) == digest("Mùa hoa", "Đà Lạt", "Một. Hai.")


def test_digest_tells_fields_and_marks_apart() -> None:
    texts = [
        ("a", "b", "c"),
        ("a b", None, "c"),
        ("a", None, "b c"),
        ("a", "b c", ""),
        ("â", "b", "c"),
        ("A", "b", "c"),
    ]
    assert len({digest(*text) for text in texts}) == len(texts)
    assert digest("a", None, "c") == digest("a", "", "c")
    # Stored digests are compared for years: the way they are made is fixed.
    assert digest("Hoa", None, "A\n\nB") == sha256(b"Hoa\n\nA B").hexdigest()


@given(st.text(), st.none() | st.text(), st.text())
def test_digest_takes_any_text(title: str, lead: str | None, body: str) -> None:
    assert digest(visible(title), lead, body) == digest(title, lead, unicodedata.normalize("NFD", body))
