"""Names of months and parts of the day, in every language of our editions, and the patterns made of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from archive.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# Twelve months a language, forms of one month parted by blanks; "_" stands for a blank inside a name.
NAMES: Mapping[str, str] = {
    "vi": """tháng_một|tháng_giêng tháng_hai tháng_ba tháng_tư|tháng_bốn tháng_năm tháng_sáu
        tháng_bảy|tháng_bẩy tháng_tám tháng_chín tháng_mười tháng_mười_một tháng_mười_hai|tháng_chạp""",
    "en": """january|jan february|feb march|mar april|apr may june|jun july|jul august|aug september|sept|sep
        october|oct november|nov december|dec""",
    "fr": """janvier|janv février|févr|fév mars avril|avr mai juin juillet|juil août septembre|sept
        octobre|oct novembre|nov décembre|déc""",
    "es": """enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago
        septiembre|setiembre|sept|sep octubre|oct noviembre|nov diciembre|dic""",
    "ru": """января|январь|янв февраля|февраль|февр|фев марта|март|мар апреля|апрель|апр мая|май июня|июнь|июн
        июля|июль|июл августа|август|авг сентября|сентябрь|сент|сен октября|октябрь|окт
        ноября|ноябрь|нояб|ноя декабря|декабрь|дек""",
    # Egypt and the Gulf.
    "ar": """يناير فبراير مارس أبريل|إبريل مايو يونيو|يونيه يوليو|يوليه أغسطس سبتمبر أكتوبر نوفمبر ديسمبر""",
    # Levant and Iraq.
    "ar-levant": """كانون_الثاني|كانون_ثاني شباط آذار نيسان أيار|مايس حزيران تموز آب أيلول
        تشرين_الأول|تشرين_أول تشرين_الثاني|تشرين_ثاني كانون_الأول|كانون_أول""",
    # Maghreb.
    "ar-maghreb": """جانفي فيفري مارس أفريل ماي جوان جويلية|يوليوز أوت|غشت شتنبر أكتوبر نونبر دجنبر""",
    "lo": """ມັງກອນ ກຸມພາ ມີນາ ເມສາ ພຶດສະພາ ມິຖຸນາ ກໍລະກົດ ສິງຫາ ກັນຍາ ຕຸລາ ພະຈິກ ທັນວາ""",
    "km": """មករា កុម្ភៈ|កុម្ភះ មីនា មេសា ឧសភា មិថុនា កក្កដា សីហា កញ្ញា តុលា វិច្ឆិកា ធ្នូ""",
}

# Words before the number of a month: `tháng 6`, `ເດືອນ 9`, `ខែ ៩`.
MONTH_WORDS = ("tháng", "thg", "ເດືອນ", "ខែ")

# Halves of the day as printed after the time; those of BEFORE_TIME stand before it.
BEFORE_NOON = ("am", "a.m.", "a. m.", "sa", "sáng", "ص", "صباحًا", "صباحا", "ព្រឹក", "ຕອນເຊົ້າ")
AFTER_NOON = ("pm", "p.m.", "p. m.", "ch", "chiều", "م", "مساءً", "مساء", "ល្ងាច", "ຕອນແລງ")
BEFORE_TIME = {"上午": "am", "早上": "am", "午前": "am", "오전": "am", "下午": "pm", "午後": "pm", "오후": "pm"}
# Parts of the day that reach over noon or midnight: beside them the hour is not known for sure.
UNCLEAR = (
    *("trưa", "tối", "đêm", "khuya", "凌晨", "中午", "傍晚", "晚上", "深夜", "새벽", "저녁", "밤"),
    *("ظهرا", "عصرا", "ليلا", "فجرا", "утра", "дня", "вечера", "ночи"),
)


def any_of(forms: Iterable[str]) -> str:
    """Return a pattern for any of the forms, folded as `archive.text.fold` does, the longest first."""
    folded = sorted(set(map(fold, forms)), key=len, reverse=True)
    return f"(?:{'|'.join(map(re.escape, folded))})"


def _months() -> dict[str, int]:
    """Map each folded name to its number; raises ValueError when a name stood for two months."""
    months: dict[str, int] = {}
    for names in NAMES.values():
        for number, forms in enumerate(names.split(), 1):
            for form in forms.split("|"):
                name = fold(form.replace("_", " "))
                if months.setdefault(name, number) != number:
                    raise ValueError(f"{form} stands for two months")
    return months


MONTHS = _months()
"""Folded month name → 1 to 12."""
