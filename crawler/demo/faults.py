"""What can go wrong with a newspaper on the wire: each fault turns a reply into a bad one."""

from __future__ import annotations

import gzip
import inspect
import re
import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from crawler.demo.reply import HTML, Reply, redirect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CHALLENGE = (
    '<html><body><script>document.cookie="D1N=4f1c9a7be2d0835c61fa2290b7de4c13"+"; expires='
    'Fri, 31-Dec-2037 23:59:59 GMT; path=/";'
    "window.location.reload(true);</script></body></html>"
)
_SOFT_404 = (
    '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Không tìm thấy trang</title></head>'
    "<body><h1>404</h1><p>Bài viết không còn nữa hoặc đã bị xóa.</p><a href='/'>Trang chủ</a></body></html>"
)
_LOGIN = (
    '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Đăng nhập</title></head><body>'
    "<h1>Đăng nhập</h1><form><input name='user'><input type='password' name='word'></form></body></html>"
)
_NEEDS_JAVASCRIPT = (
    '<!DOCTYPE html><html lang="vi"><head><meta charset="utf-8"><title>Đang tải</title></head><body>'
    '<noscript>Vui lòng bật JavaScript để đọc bài.</noscript><div id="dcontent" data-enc="{code}"></div>'
    "<script>document.getElementById('dcontent').innerHTML=decode(document.getElementById('dcontent')"
    ".dataset.enc);</script></body></html>"
)


class Asked(NamedTuple):
    """What a client asked for: the paper's host and the request target."""

    host: str
    target: str


def _body(reply: Reply, body: bytes, content_type: str = HTML, status: int = 200) -> Reply:
    """Another body in place of the reply's; without validators, so that no 304 hides it."""
    return replace(reply, status=status, render=lambda: body, content_type=content_type, etag=None, last_modified=None)


def _changed(reply: Reply, change: Callable[[bytes], bytes]) -> Reply:
    return replace(reply, render=lambda: change(reply.render()), etag=None, last_modified=None)


def status(reply: Reply, _asked: Asked, *, status: int = 503, retry_after: int | str | None = None) -> Reply:
    """Another status with a short HTML body; `retry_after` in seconds or as an HTTP date."""
    text = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    extra = () if retry_after is None else (("Retry-After", str(retry_after)),)
    return replace(_body(reply, text.encode(), status=status), headers=extra)


def body(reply: Reply, _asked: Asked, *, body: bytes | str, content_type: str = HTML, status: int = 200) -> Reply:
    """Answer with a body of the test's own, for example a sitemap that names `file:///etc/hostname`."""
    return _body(reply, body.encode() if isinstance(body, str) else body, content_type, status)


def delay(reply: Reply, _asked: Asked, *, seconds: float = 1.0) -> Reply:
    """Answer rightly, but late."""
    return replace(reply, delay=seconds)


def truncate(reply: Reply, _asked: Asked, *, share: float = 0.5) -> Reply:
    """Close the connection after a share of the announced body."""
    return replace(reply, cut=share, etag=None, last_modified=None)


def torn(reply: Reply, _asked: Asked) -> Reply:
    """Answer with the whole of a gzip body that ends too soon, as a server does that was cut off itself."""
    return replace(_changed(reply, lambda text: gzip.compress(text, mtime=0)[:-20]), packed=True)


def reset(reply: Reply, _asked: Asked, *, share: float = 0.0) -> Reply:
    """Reset the connection (RST) after a share of the body."""
    return replace(reply, cut=share, reset=True, etag=None, last_modified=None)


def drip(reply: Reply, _asked: Asked, *, size: int = 16, seconds: float = 0.5) -> Reply:
    """Send the body as a slow-loris does: `size` bytes every `seconds`."""
    return replace(reply, drip=(size, seconds), etag=None, last_modified=None)


def length(reply: Reply, _asked: Asked, *, claim: int) -> Reply:
    """Announce `claim` bytes, send the body there is, and close the connection."""
    return replace(reply, claim=claim, cut=1.0, etag=None, last_modified=None)


def login(reply: Reply, _asked: Asked) -> Reply:
    """Answer with a page that asks for a password."""
    return _body(reply, _LOGIN.encode())


def away(_reply: Reply, _asked: Asked, *, to: str, status: int = 302) -> Reply:
    """Answer with a redirect to `to`."""
    return redirect(to, status)


def home(_reply: Reply, asked: Asked, *, status: int = 302) -> Reply:
    """Answer with a redirect to the front page, as papers answer for what they have removed."""
    return redirect(f"https://{asked.host}/", status)


def refresh(reply: Reply, _asked: Asked, *, to: str) -> Reply:
    """Answer with a page that sends the reader on by meta refresh."""
    text = f'<html><head><meta http-equiv="refresh" content="0; url={to}"></head><body></body></html>'
    return _body(reply, text.encode())


def challenge(reply: Reply, _asked: Asked) -> Reply:
    """Answer with the 177-byte script that sets the cookie D1N and reloads."""
    return _body(reply, _CHALLENGE.encode())


def soft_404(reply: Reply, _asked: Asked) -> Reply:
    """Answer with a page that says "not found" with status 200."""
    return _body(reply, _SOFT_404.encode())


def javascript(reply: Reply, _asked: Asked) -> Reply:
    """Answer with a page whose text is encoded and only a script can show."""
    return _body(reply, _NEEDS_JAVASCRIPT.replace("{code}", "U3Xhu5FpIEPDoXQ=" * 40).encode())


def bomb(reply: Reply, _asked: Asked, *, size: int = 100 * 2**20) -> Reply:
    """Answer with a gzip body that unpacks to `size` bytes."""
    return replace(_body(reply, _bomb(size)), packed=True)


@lru_cache(maxsize=2)
def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = b" " * 2**20
    packed = b"".join(packer.compress(block[: size - at]) for at in range(0, size, len(block)))
    return packed + packer.flush()


def charset(reply: Reply, _asked: Asked, *, declared: str = "iso-8859-1", actual: str = "utf-8") -> Reply:
    """Answer with the right text in the encoding `actual`, declared as another one in Content-Type."""
    kind = f"{reply.content_type.partition(';')[0]}; charset={declared}"
    return replace(_changed(reply, lambda text: text.decode().encode(actual, "xmlcharrefreplace")), content_type=kind)


def ampersand(reply: Reply, _asked: Asked) -> Reply:
    """Put a bare & into the titles of a feed."""
    return _changed(reply, lambda text: text.replace(b"<title>", "<title>Chợ & đời: ".encode()))


def control(reply: Reply, _asked: Asked) -> Reply:
    """Put control bytes into the titles of a feed."""
    return _changed(reply, lambda text: text.replace(b"<title>", b"<title>\x0b\x1f"))


def bom(reply: Reply, _asked: Asked) -> Reply:
    """Put a UTF-8 byte order mark before the body."""
    return _changed(reply, lambda text: b"\xef\xbb\xbf" + text)


def utf_16(reply: Reply, _asked: Asked) -> Reply:
    """Turn a feed or sitemap into UTF-16, as its declaration then says."""
    named = (b'encoding="utf-8"', b'encoding="utf-16"')
    changed = _changed(reply, lambda text: text.replace(*named).decode().encode("utf-16"))
    return replace(changed, content_type=reply.content_type.partition(";")[0])


def calendar(reply: Reply, asked: Asked) -> Reply:
    """Answer with a page that links to the next and the previous page of an endless calendar."""
    path, _, query = asked.target.partition("?")
    found = re.search(r"trang=(-?\d+)", query)
    here = int(found[1]) if found else 0
    links = "".join(f'<a href="{path}?trang={page}">Tháng {page}</a>' for page in (here - 1, here + 1))
    return _body(reply, f"<html><head><title>Lịch</title></head><body>{links}</body></html>".encode())


def pages(reply: Reply, asked: Asked) -> Reply:
    """Answer with a section page that names an article which no page named before, and the page after it, for ever."""
    path, _, query = asked.target.partition("?")
    found = re.search(r"trang=(\d+)", query)
    here = int(found[1]) if found else 1
    links = f'<a href="/tin-{900_000 + here}.html">Tin {here}</a><a href="{path}?trang={here + 1}">Trang sau</a>'
    return _body(reply, f"<html><head><title>Trang {here}</title></head><body>{links}</body></html>".encode())


def sitemaps(reply: Reply, asked: Asked) -> Reply:
    """Answer with a sitemap index that names one more index, and so on without end."""
    found = re.search(r"(\d+)\.xml$", asked.target)
    address = f"https://{asked.host}/sitemap-{int(found[1]) + 1 if found else 1}.xml"
    text = f"<sitemapindex><sitemap><loc>{address}</loc></sitemap></sitemapindex>"
    return _body(reply, text.encode(), "text/xml; charset=utf-8")


FAULTS: Mapping[str, Callable[..., Reply]] = {
    "status": status,
    "body": body,
    "delay": delay,
    "truncate": truncate,
    "torn": torn,
    "reset": reset,
    "drip": drip,
    "length": length,
    "login": login,
    "redirect": away,
    "home": home,
    "refresh": refresh,
    "challenge": challenge,
    "soft-404": soft_404,
    "javascript": javascript,
    "bomb": bomb,
    "charset": charset,
    "ampersand": ampersand,
    "control": control,
    "bom": bom,
    "utf-16": utf_16,
    "calendar": calendar,
    "pages": pages,
    "sitemaps": sitemaps,
}
"""Every kind of fault with the function that makes it; its keyword arguments are the fault's parameters."""


@dataclass(slots=True)
class Fault:
    """A fault that waits for requests: which targets (a regular expression, searched), which kind, how often.

    `times` is how many replies are still to be spoiled (None: all). `host` limits it to one paper. Raises
    ValueError for an unknown kind and TypeError for parameters that the kind does not have.
    """

    pattern: str
    kind: str
    times: int | None = None
    host: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in FAULTS:
            raise ValueError(f"no such fault: {self.kind!r}; there are {', '.join(FAULTS)}")
        inspect.signature(FAULTS[self.kind]).bind(None, None, **self.params)

    def spoil(self, reply: Reply, asked: Asked) -> Reply:
        """Give the reply as this fault leaves it: unchanged where it does not apply."""
        if self.times == 0 or self.host not in (None, asked.host) or not re.search(self.pattern, asked.target):
            return reply
        if self.times is not None:
            self.times -= 1
        return FAULTS[self.kind](reply, asked, **self.params)
