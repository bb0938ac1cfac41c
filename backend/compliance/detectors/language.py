"""Language: Latin words, unlisted anglicisms, abuse (38-ФЗ ст. 5 ч. 5, 6, 11; 53-ФЗ)."""

import re
from collections.abc import Iterator

from backend.compliance.context import Context, Hit
from backend.compliance.names import pattern
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_LATIN = re.compile(r"[a-z][a-z'-]{2,}")
_TRANSLATED = re.compile(r"[a-z' -]*\"?\s?\([а-я][^()\n]{2,}\)")
_TRANSLATES = re.compile(r"[а-я]\w*\s?\(\s?\"?$")
# Trademarks and technical names that need no translation; a bank adds its partners' marks to the rule's params.
_ALLOWED = frozenset(
    [
        "sms",
        "mms",
        "qr",
        "pin",
        "cvc",
        "cvv",
        "nfc",
        "usb",
        "pdf",
        "ios",
        "android",
        "iphone",
        "lada",
        "ipad",
        "apple",
        "pay",
        "google",
        "samsung",
        "mir",
        "visa",
        "mastercard",
        "unionpay",
        "wi-fi",
        "wifi",
        "face",
        "touch",
        "rustore",
        "appgallery",
        "app",
        "store",
        "play",
        "harmonyos",
        "swift",
        "iban",
        "isin",
        "http",
        "https",
        "www",
        "erid",
        "usd",
        "eur",
        "cny",
        "rub",
        "rur",
        "vip",
        "max",
        "mir-pay",
        "id",
        "whatsapp",
        "telegram",
        "viber",
        "skype",
        "signal",
        "wechat",
        "discord",
        "facebook",
        "messenger",
        "snapchat",
        "imessage",
        "watsapp",
        "whatsap",
        "whats",
    ]
)
_ROMAN = re.compile(r"x{0,3}(?:ix|iv|v?i{0,3})")
_WORK_OF_ART = re.compile(r"\b(?:роман|спектакл|фильм|книг|пьес|опер[аеуы]|повест|постановк)\w*[^.!?\n]{0,25}\"$")
_STARRED = re.compile(r"[а-я][*@#.]+[а-я]|[а-я][*@#]{2,}")
_OBSCENE = re.compile(
    r"(?<!\w)(?:ж[*@#]{1,3}п\w*|х[*@#]{1,3}н\w*|(?:о|по|на|ни|за|до|рас|от)?ху[йеяюи*@#](?!да|дож|лиг)\w*|х[*@#.]{1,2}[йеяю]\w*"
    r"|бл[*@#]{1,3}\w*|бля(?:\b|д\w*|т\w*)|(?:[а-я]{0,5})?п[и*@#]зд\w*|п[*@#]{2,}ц\w*|(?:за|на|вы|от|у|до"
    r"|про|разъ|съ|объ|подъ|въ)?[её]б(?:а[лнтш]\w*|л[аои]\w*|у[чтн]\w*|ну\w*|ыр\w*|ись\w*)"
    r"|[её][*@#]{1,3}[а-я]{2,}|муд(?:ак|ил|озвон|а[кч])\w*|г[ао]вн\w*|г[*@#]{1,3}вн\w*|дерьм\w*|сран\w+"
    r"|жоп[аыуеоик]\w*|ж[*@#]па\w*|сук(?:а|и|у|ой|ин\w*)\b|с[*@#]{1,2}ка\b|сволоч\w*|ублюд\w*|мраз(?:ь|и"
    r"|ота)\w*|гнид[аыу]\w*|твар(?:ь|и)\b|дебил\w*|идиот\w*|кретин\w*"
    r"|придур\w*|дура(?:к|ки|ков|ка|ку|цк\w*)\b|тупиц\w*|тупые\b|лох(?:|и|ов|а|у|ам|ом|е|ами|ах|ушк\w+)\b"
    r"|нищеброд\w*|быдл\w*|урод(?:|ы|ов|а|у)\b|падл\w*|хрен(?:ов\w*|ь\w*|ью)\b|ни хрена|нахрен\w*"
    r"|задниц\w*|нафиг|пошел ты|заткни\w*|шлюх\w*|прости?тут\w*|пидор\w*|пид[ао]рас\w*|охрен\w*|офиге\w*"
    r"|жлоб\w*|чмо\b|срань|засранц\w*|обосра\w*|наср\w*)"
)


@detects("ADV-FOREIGN")
def latin_words(text: Context, rule: Rule) -> Iterator[Hit]:
    own = pattern((*text.bank.names, text.bank.app))
    for match in _LATIN.finditer(text.masked):
        if (
            _ROMAN.fullmatch(match.group())
            or match.group() in _ALLOWED
            or match.group().split("-")[0] in _ALLOWED
            or own.fullmatch(match.group())
        ):
            continue
        if _is_translated(text.plain, match) or _is_slot_of_address(text, match):
            continue
        yield Hit(match.start(), match.end())


def _is_translated(plain: str, match: re.Match[str]) -> bool:
    """A Russian equivalent in brackets right after, or the word itself in brackets after the Russian one."""
    return bool(
        _TRANSLATED.match(plain, match.end()) or _TRANSLATES.search(plain[max(0, match.start() - 30) : match.start()])
    )


def _is_slot_of_address(text: Context, match: re.Match[str]) -> bool:
    """Latin letters glued to digits or slashes: a promo code, a plate, the rest of an address."""
    near = text.plain[max(0, match.start() - 1) : match.start()] + text.plain[match.end() : match.end() + 1]
    return any(c.isdigit() or c in "/@_\\" for c in near)


@detects("ADV-SLANG", needs={"slang"})
def anglicisms(text: Context, rule: Rule) -> Iterator[Hit]:
    for start, end in text.tagged["slang"]:
        yield Hit(start, end)


@detects("ADV-PROFANE")
def abuse(text: Context, rule: Rule) -> Iterator[Hit]:
    if "abuse" not in text.tagged and not _STARRED.search(text.plain):
        return
    for match in _OBSCENE.finditer(text.plain):
        if not _WORK_OF_ART.search(text.plain[max(0, match.start() - 45) : match.start()]):
            yield Hit(match.start(), match.end())
