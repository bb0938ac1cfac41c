"""The closed lists of the client data: visit purposes, segments, levels of position."""

import re
from collections.abc import Collection
from dataclasses import dataclass

VISIT_PURPOSES: dict[str, str] = {
    "DCARD": "дебетовая карта",
    "DEPOSIT": "вклад",
    "TRANS": "перевод",
    "CCARD": "кредитная карта",
    "POTREB": "потребительский кредит",
    "OTHER": "другое",
    "CREDIT": "кредит",
    "INVEST": "инвестиции",
    "PAY": "платёж",
    "MVNO": "мобильная связь",
    "SDB": "сейфовая ячейка",
    "EXTRACT": "выписка или справка",
    "ORDER": "заказ наличных или справки",
    "DEPOSCLOSE": "закрытие вклада",
}

LAST_POSITION_CODE = 18
"""Levels of position come as a text or as a code from 1 to this number."""

LOOKALIKES = str.maketrans("АВЕКМНОРСТХУ", "ABEKMHOPCTXY")
"""Cyrillic capitals that look like Latin ones: such a code is refused, but with advice."""


@dataclass(frozen=True)
class Segment:
    """A segment of clients: its Latin letter and its Russian name."""

    letter: str
    name: str


SEGMENTS: dict[str, Segment] = {
    letter: Segment(letter, name)
    for letter, name in (
        ("a", "Супер-ЗП"),
        ("b", "Текущие заёмщики"),
        ("c", "Масс-ЗП закредитованные"),
        ("d", "Масс-ЗП без согласия БКИ"),
        ("e", "Супер-аффлуент"),
        ("f", "Супер-депозиты"),
        ("g", "ДК/ЗК до 6 месяцев"),
        ("h", "Бывшие зарплатники"),
        ("i", "Бывшие заёмщики"),
        ("j", "Депозиты в оттоке"),
        ("k", "Без продукта"),
    )
}

_LEADING_LETTER = re.compile(r"\s*([a-kасек])(?=[\s.):–-]|$)")
_SAME_LETTER = str.maketrans("асек", "acek")


def segment_of(text: str | None) -> Segment | None:
    """The segment that a text such as `a. Супер-ЗП (6,15)` names; None for an unknown one, which is tolerated.

    The leading letter decides, a Cyrillic look-alike too; without a letter the name does. The codes of sub-clusters
    in brackets are ignored.
    """
    if not text:
        return None
    lowered = text.lower()
    found = _LEADING_LETTER.match(lowered)
    if found:
        return SEGMENTS[found[1].translate(_SAME_LETTER)]
    return _BY_NAME.get(_plain_name(lowered))


def _plain_name(name: str) -> str:
    return name.partition("(")[0].strip().lower().replace("ё", "е")


_BY_NAME = {_plain_name(segment.name): segment for segment in SEGMENTS.values()}


def is_manager(position: str | None, manager_codes: Collection[int] = ()) -> bool:
    """Whether a level of position (a text or a code) is that of a manager.

    The banks number the levels differently, so which codes mean a manager is a setting.
    """
    if not position:
        return False
    if position.isdecimal():
        return int(position) in manager_codes
    return re.match(r"(?:топ-|зам\w*\.?\s*)?(?:руковод|директор|начальник|управляющ)", position.lower()) is not None
