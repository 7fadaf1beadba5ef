"""What the tests of the demo newspaper share: stories of their own, and a client that asks for pages."""

import gzip
import http.client
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urlsplit

from crawler.demo.paper import Newspaper
from crawler.demo.server import Server

BRIDGE = {
    "slug": "cau-treo-da-den",
    "section": "thoi-su",
    "day": -3,
    "time": "08:30",
    "title": "Cầu treo Đá Đen được sửa & thông xe",
    "lead": "Sau ba tháng, người dân “hai bờ” lại qua sông bằng cầu <cũ>.",
    "paragraphs": [
        "Cây cầu dài 84 m nối hai thôn của xã Đá Đen đã được thay toàn bộ ván sàn, chi phí 3,9 tỷ đồng.",
        "“Mùa mưa này các cháu không phải đi đò nữa”, bà Lục Thị Mai ở thôn Hai nói.",
        "Xã dự kiến lắp thêm đèn trên cầu trước ngày 15/10.",
    ],
    "author": "Nguyễn Hà",
    "tags": ["cầu treo", "Đá Đen"],
    "images": [
        {"name": "cau-treo.jpg", "caption": "Cầu treo sau khi sửa. Ảnh: Nguyễn Hà"},
        {"name": "van-san.jpg", "caption": ""},
    ],
    "comments": {"0": 0, "1": 3, "3": 7},
    "events": [{"day": 2, "kind": "edit", "replace": [["3,9 tỷ đồng", "4,2 tỷ đồng"]]}],
}
FAIR = {
    "slug": "hoi-cho-nong-san",
    "section": "kinh-te",
    "day": -3,
    "time": "14:05",
    "title": "Hội chợ nông sản Phú Sơn thu hút 60 gian hàng",
    "lead": "Hội chợ kéo dài ba ngày.",
    "paragraphs": ["Gian hàng đông khách nhất bán mật ong.", "Ban tổ chức đón 9.000 lượt khách."],
    "author": "Trần Vinh",
    "tags": ["hội chợ"],
    "events": [{"day": 3, "kind": "remove"}, {"day": 4, "kind": "restore"}],
}
LATER = {
    "slug": "khai-giang",
    "section": "giao-duc",
    "day": 1,
    "time": "07:00",
    "title": "Hơn 1.200 học sinh Bản Láng dự lễ khai giảng",
    "lead": "",
    "paragraphs": ["Lễ khai giảng bắt đầu lúc 7 giờ."],
}
ARABIC = {
    "slug": "cau-treo-da-den",
    "original": "cau-treo-da-den",
    "day": -2,
    "time": "10:00",
    "title": "إصلاح الجسر المعلق في دا دين",
    "lead": "عاد السكان إلى عبور النهر بعد ثلاثة أشهر.",
    "paragraphs": ["استُبدلت ألواح الجسر بالكامل.", "وتعتزم البلدية إنارته قريبا."],
    "author": "Nguyễn Hà",
    "images": [{"name": "cau-treo.jpg", "caption": "الجسر بعد الإصلاح"}],
    "comments": {"-2": 0, "1": 12},
}
ARABIC_SILENT = {
    **{key: value for key, value in ARABIC.items() if key != "comments"},
    "slug": "hoi-cho-nong-san",
    "original": "hoi-cho-nong-san",
}


def write(folder: Path, *records: object) -> Path:
    lines = (json.dumps(record, ensure_ascii=False) for record in records)
    (folder / "own.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.raw = response.read()
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.body = gzip.decompress(self.raw) if packed else self.raw
        self.text = self.body.decode(errors="replace")


def ask(server: Server, paper: Newspaper, target: str, method: str = "GET", **headers: str) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(server.addresses[paper.host]).netloc, timeout=120)
    try:
        connection.request(method, target, headers={name.replace("_", "-"): text for name, text in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def parse(body: bytes) -> ET.Element:
    return ET.fromstring(body)  # noqa: S314 - our own server's bytes


def path_of(paper: Newspaper, slug: str) -> str:
    return urlsplit(paper.written_addresses[slug]).path
