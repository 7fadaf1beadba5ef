"""What pages print in an article's place: that it is not there, that one must log in, that they refuse."""

from __future__ import annotations

import re

# A headline may begin with the same words (`404 hộ dân …`, `Không tìm thấy ba ngư dân …`): what follows tells.
THING = "(?:trang|bài viết|bài báo|bài|tin bài|tin tức|tin|nội dung|đường dẫn|liên kết|địa chỉ|url|link)"
ASKED = (
    "(?: (?:web|này|mà|quý|bạn|độc giả|vừa|đang|cần|muốn|yêu cầu|truy cập|tìm|kiếm|xem|đọc|đến|đã|có thể"
    "|hiện|hiện tại))*"
)
ABSENT = "(?:không (?:còn )?tồn tại|không (?:được )?tìm thấy|(?:bị|được) (?:xóa|xoá|gỡ))"
SORRY = r"(?:(?:rất tiếc|xin lỗi|oops|sorry)\W+)?"
NOT_FOUND = re.compile(
    rf"^\W*{SORRY}(?:(?:lỗi|error|http)\W{{0,3}}4(?:04|10)\b"
    r"|4(?:04|10)(?:\W*$|\s*[-–—|:]|\s+(?:not found|gone|error|lỗi|page|trang|không|file)\b)"
    rf"|{THING}{ASKED} {ABSENT}|không tìm thấy(?:\W*$| (?:dữ liệu|{THING}){ASKED}(?:\W*$|\W* [-–—|·]))"
    r"|(?:the |this )?(?:page|article|url) .{0,40}(?:not|n.t|cannot) (?:be found|exist|available)"
    r"|page not found|not found\W*$|الصفحة غير موجودة|لم يتم العثور|ページが見つかりません|页面不存在)",
    re.IGNORECASE,
)
LOGIN = re.compile(
    r"^\W*(?:đăng nhập|log ?in|sign ?in|(?:please )?(?:log|sign) in|تسجيل الدخول|connexion|se connecter|iniciar sesión"
    r"|войти|вход|登录|登入|ログイン|로그인|ເຂົ້າສູ່ລະບົບ|ចូល)(?!\w)",
    re.IGNORECASE,
)
WALL = re.compile(
    r"^(?!.*(?:bình luận|comment))"
    r"\W*(?:(?:vui lòng|xin mời|mời|hãy|please|bạn (?:cần|phải)|quý (?:độc giả|bạn đọc)|bạn đọc"
    r"|you (?:must|need to))\W+)*"
    r"(?:đăng (?:nhập|ký)|log ?in|sign ?(?:in|up)|subscribe)\b.{0,40}\b(?:để|to)\s.{0,20}"
    r"(?:đọc|xem|tiếp tục|truy cập|continue|read|view|access)",
    re.IGNORECASE,
)
CHALLENGE = re.compile(
    r"document\.cookie\s*=.{0,300}?location\b|\bD1N=|_cf_chl|cf-browser-verification|challenge-platform"
    r"|cdn-cgi/challenge|_Incapsula_Resource|sucuri_cloudproxy|captcha-delivery|px-captcha"
    r"|Checking your browser|Just a moment\.\.\.|DDoS protection by|Verify(?:ing)? you are (?:a )?human",
    re.IGNORECASE | re.DOTALL,
)
REFUSAL = re.compile(
    r"^\W*(?:403\W*$|(?:403\W{1,3})?(?:access (?:is )?denied|forbidden)|request (?:blocked|rejected)"
    r"|attention required|(?:sorry, )?you have been blocked)",
    re.IGNORECASE,
)
LONGEST_NOTICE = 160
"""Characters of a line that is a notice; what is longer is prose."""


def notice(pattern: re.Pattern[str], lines: str) -> str | None:
    """Return the first line of a short text that is such a notice, None where there is none."""
    found = (line for line in lines.splitlines() if len(line) <= LONGEST_NOTICE and pattern.search(line))
    return next(found, None)
