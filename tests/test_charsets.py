"""The characters of a page, whatever header and page declare: every real encoding with every declaration."""

import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.items import Article
from crawler.charsets import as_utf8, decode
from crawler.documents import Document
from crawler.families.onecms import OneCmsPage
from crawler.pages import read

SENTENCES = (
    "Nước suối ở Bản Láng dâng nhanh trong đêm, hai mươi hộ dân phải dời lên nhà văn hóa.",
    "Sáng nay mưa đã ngớt; đoàn xã đưa gạo, nước uống và thuốc đến từng nhà.",
    "Ông Lò Văn Phứa nói: “Cả bản cùng sửa lại chiếc cầu treo trước mùa gặt.”",
)
TITLE = "Cầu treo Đá Đen thông xe trở lại"
REAL = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "windows-1258")
DECLARED = (None, "utf-8", "utf-16", "windows-1258", "iso-8859-1", "windows-1252", "gb2312", "no-such-thing")


def spelled(text: str) -> bytes:
    """A text in windows-1258 as Windows writes it: what has no byte of its own as letter and tone."""
    out = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            out += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, *marks = unicodedata.normalize("NFD", letter)
            shape = "".join(mark for mark in marks if mark in "\u0302\u0306\u031b")
            tones = "".join(mark for mark in marks if mark not in shape)
            out += (unicodedata.normalize("NFC", base + shape) + tones).encode("cp1258")
    return out


def encoded(text: str, encoding: str) -> bytes:
    return spelled(text) if encoding == "windows-1258" else text.encode(encoding)


def page(declared: str | None, lang: str = "", paragraphs: tuple[str, ...] = SENTENCES) -> str:
    meta = f'<meta charset="{declared}">' if declared else ""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return (
        f"<!DOCTYPE html><html{lang}><head>{meta}<title>{TITLE}</title></head><body>"
        f'<div class="c-news-detail"><h1 class="c-detail-head__title">{TITLE}</h1><div class="entry">{body}</div></div>'
        "</body></html>"
    )


@pytest.mark.parametrize("lang", ["", ' lang="vi"'])
@pytest.mark.parametrize(("real", "header", "meta"), list(product(REAL, DECLARED, DECLARED)))
def test_what_the_bytes_are_counts_not_what_is_declared(real: str, header: str | None, meta: str | None, lang: str):
    content_type = f"text/html; charset={header}" if header else None

    reading = read(
        encoded(page(meta, lang), real), "https://x.example/a.html", (OneCmsPage,), content_type=content_type
    )

    assert isinstance(reading, Article)
    assert (reading.title, reading.body.split("\n\n")) == (TITLE, list(SENTENCES))


@pytest.mark.parametrize(("header", "meta"), list(product(DECLARED, DECLARED)))
def test_a_few_broken_bytes_leave_utf_8_what_it_is(header: str | None, meta: str | None):
    content_type = f"text/html; charset={header}" if header else None
    torn = page(meta).encode().replace("gạo".encode(), b"g\xe1\xbao", 1) + b"\xe1"

    text = decode(torn, content_type)

    assert text == page(meta).replace("gạo", "g\ufffdo", 1) + "\ufffd"


@pytest.mark.parametrize("declared", [None, "utf-8", "windows-1258"])
def test_utf_8_with_more_garbage_than_letters_is_utf_8(declared: str | None):
    whole = page(declared, ' lang="vi"').encode()
    garbage = b"".join(bytes([byte]) + b" " for byte in range(0x80, 0x100)) * 9

    text = decode(whole.replace(b"</body>", garbage + b"</body>"))

    assert all(sentence in text for sentence in SENTENCES)


@pytest.mark.parametrize("mark", [b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"])
def test_a_byte_order_mark_before_other_bytes_is_none(mark: bytes):
    assert decode(b"\xef\xbb\xbf" + spelled(page("utf-8"))) == page("utf-8")
    assert decode(mark + page("utf-8").encode()) == page("utf-8")


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1251", "Мост через реку Чёрная снова открыт, сообщил глава посёлка в пятницу вечером."),
        ("koi8-r", "Мост через реку Чёрная снова открыт, сообщил глава посёлка в пятницу вечером."),
        ("windows-1256", "فُتح الجسر المعلق من جديد مساء الجمعة، وعاد الأهالي إلى بيوتهم سالمين."),
        ("gb18030", "黑石吊桥星期五傍晚重新通车,村民们陆续回到家中。"),
        ("shift_jis", "黒石のつり橋は金曜日の夕方に通れるようになり、住民は家に戻った。"),
        ("euc-kr", "검은돌 현수교가 금요일 저녁 다시 열려 주민들이 집으로 돌아갔다."),
        ("windows-1252", "Le pont suspendu a rouvert vendredi soir, après une semaine de crue à l'été."),
    ],
)
def test_other_encodings_are_what_they_are_declared_to_be(encoding: str, text: str):
    told = page(encoding, paragraphs=(text,) * 5).replace(TITLE, "-")
    assert decode(told.encode(encoding)) == told
    assert decode(told.encode(encoding), f"text/html; charset={encoding}") == told


def test_a_wrong_header_gives_way_to_a_right_page():
    told = page("windows-1251", paragraphs=("Мост через реку снова открыт.",)).replace(TITLE, "-")
    assert decode(told.encode("windows-1251"), "text/html; charset=utf-8") == told


@given(st.binary(max_size=300), st.sampled_from(DECLARED))
def test_any_bytes_become_text(body: bytes, declared: str | None):
    content_type = f"text/html; charset={declared}" if declared else None
    assert as_utf8(body, content_type).decode("utf-8") == decode(body, content_type)


PLACES = (
    *("<p>a@b</p>", "<p title='@'>a</p>", "<p @=1>a</p>", "<p@>a</p>", "<p>a</p @>", "<script>'@'</script>"),
    *("<!-- @ --><p>a</p>", "<p>&@;</p>", "<title>@</title>", "<p>a@", "@<p>a</p>", "<?a @?><p>a</p>"),
)


@pytest.mark.parametrize("place", PLACES)
@given(piece=st.binary(min_size=1, max_size=6).filter(lambda piece: not set(piece) & set(b"\x00<>'\"-")))
def test_the_parser_tells_whether_a_page_is_utf_8(place: str, piece: bytes):
    page = f"<html><body>{place}".encode().replace(b"@", piece)
    try:
        page.decode("utf-8")
        garbled = False
    except UnicodeDecodeError:
        garbled = True
    assert Document(page, "https://a.vn/x").garbled is garbled


@pytest.mark.parametrize("fault", ["</i>", "<body>", "<b><p></b>", "<b><i><u><s><q><em><tt><div>"])
def test_a_page_of_many_faults_is_still_looked_at_for_bytes_that_are_not_utf_8(fault: str):
    menu = f"<html><body>{fault * 300}"

    assert Document(f"{menu}<p>à".encode("cp1258"), "https://a.vn/x").garbled
    assert not Document(f"{menu}<p>à".encode(), "https://a.vn/x").garbled


def test_a_document_type_is_looked_at_too():
    assert Document(b"<!DOCTYPE html x\xff><p>a</p>", "https://a.vn/x").garbled
    assert not Document("<!DOCTYPE html à><p>a</p>", "https://a.vn/x").garbled
