"""The brief: what the language model is told about one client, product and channel.

A brief holds codes only, never a number or a name of the client, so nothing secret can reach the model. The shipped
model reads it as control tokens, any other instruct model as a chat in Russian. The corpus writes the same control
tokens, so both sides share this one module.
"""

import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CORPUS = Path(__file__).parent / "corpus"

PRODUCTS = (
    *("ПК", "TOPUP", "REFIN", "CC", "AUTO", "AUTO_SCR", "MORTG", "MORTG_REFIN", "MORTG_SCR"),
    *("DEPOSIT", "SAVE_ACC", "DC", "PREMIUM", "INVEST", "ISG", "NSG", "INS_LIFE", "INS_PROPERTY"),
    *("TRUST", "OMS", "IZP", "CURR_EXC"),
)
CHANNELS = ("TMO", "SMS", "PUSH", "EMAIL", "MOB_BANNER", "OFFICE_BANNER", "MOBILE_CHAT", "KND")
TONES = ("neutral", "friendly", "formal")

TEXT = "<|text|>"
END = "<|end|>"
PAD = "<|pad|>"


@dataclass(frozen=True)
class Fact:
    """A fact about a client. `words` is for the marketer; a fact that is not `shown` shapes the text unseen."""

    code: str
    words: str
    shown: bool


@dataclass(frozen=True)
class Brief:
    """What one text is to be about. `benefit` is a tag of the product's phrase bank, empty for a free choice."""

    product: str
    channel: str
    tone: str = "neutral"
    facts: tuple[str, ...] = ()
    benefit: str = ""
    comment: str = ""


def _load_facts() -> dict[str, Fact]:
    raw = yaml.safe_load((CORPUS / "facts.yaml").read_text(encoding="utf-8"))
    return {code: Fact(code, entry["words"], entry["shown"]) for code, entry in raw.items()}


FACTS: dict[str, Fact] = _load_facts()


def file_code(product: str) -> str:
    """The name of a product in files and tokens, in Latin letters only."""
    return "PK" if product == "ПК" else product


@cache
def fitting_facts(product: str) -> frozenset[str]:
    """The facts on which a text about `product` may build (the rules of sense)."""
    raw = yaml.safe_load((CORPUS / "fit.yaml").read_text(encoding="utf-8"))
    return frozenset(raw[file_code(product)])


@cache
def _phrases(product: str) -> dict[str, Any]:
    path = CORPUS / "phrases" / f"{file_code(product)}.yaml"
    raw: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return raw


@cache
def benefit_tags(product: str) -> tuple[str, ...]:
    """The tags of the benefits that the model knows for `product`, in the order of its phrase bank."""
    return tuple(group["tag"] for group in _phrases(product)["benefits"])


def room_for_benefit(channel: str, facts: tuple[str, ...]) -> bool:
    """Whether a text can both show the facts and name a benefit: a banner in the app has words for one of them."""
    return channel != "MOB_BANNER" or not any(FACTS[fact].shown for fact in facts)


@dataclass(frozen=True)
class _Titles:
    """The titles of a product's couplets, by the fact and benefit they were written for and by the couplet's text."""

    by_thought: dict[tuple[str, str], tuple[str, ...]]
    by_text: dict[str, str]


@cache
def _titles(product: str) -> _Titles:
    path = CORPUS / "couplets" / f"{file_code(product)}.jsonl"
    found = _Titles({}, {})
    for line in path.read_text(encoding="utf-8").splitlines():
        couplet = json.loads(line)
        key = (couplet["fact"], couplet["benefit"])
        found.by_thought[key] = (*found.by_thought.get(key, ()), couplet["title"])
        found.by_text[couplet["text"]] = couplet["title"]
    return found


FEW_BENEFITS = 3


@cache
def suiting_benefits(product: str, facts: tuple[str, ...]) -> tuple[str, ...]:
    """The tags of the benefits that make sense to a client with these facts; without facts all of the product's.

    They are those to which an opening for a fact leads; where these are few, those of its couplets as well.
    """
    openings: dict[str, list[dict[str, Any]]] = _phrases(product)["openings"]
    suiting = {tag for fact in facts for opening in openings.get(fact, ()) for tag in opening["leads_to"]}
    if len(suiting - {CLOSER}) < FEW_BENEFITS:
        suiting |= {tag for fact, tag in _titles(product).by_thought if fact in facts}
    return tuple(tag for tag in benefit_tags(product) if tag in suiting) or benefit_tags(product)


def titles(brief: Brief) -> tuple[str, ...]:
    """Titles that a copywriter wrote for the benefit of the brief alone, or else for its fact too; maybe none.

    What leans on no fact suits every thought about the benefit, the other only the one that it was written for.
    """
    return _titles(brief.product).by_thought.get(("", brief.benefit), ()) or titles_of_fact(brief)


def titles_of_fact(brief: Brief) -> tuple[str, ...]:
    """Titles of thoughts about the fact and the benefit of the brief; maybe none."""
    key = (brief.facts[0], brief.benefit) if brief.facts else None
    return _titles(brief.product).by_thought.get(key, ()) if key else ()


_SENTENCE_END = re.compile(r"[.?!](?=\s|$)")


def written_title(product: str, lines: Iterable[str]) -> str:
    """The title that its author gave to the couplet with which one of the lines begins, empty where none does."""
    known = _titles(product).by_text
    beginnings = (line[: end.end()] for line in lines for end in _SENTENCE_END.finditer(line))
    return next((known[beginning] for beginning in beginnings if beginning in known), "")


_POINTS_BACK = re.compile(r"\b(?:он|она|оно|они|его|её|ее|ею|их|ему|ей|им|ним|ней|них|нём|нему|нею)\b", re.IGNORECASE)


@cache
def preheaders(product: str, benefit: str) -> tuple[str, ...]:
    """The benefit in a copywriter's words, as a line that stands alone; empty for a benefit that nobody knows."""
    group = next((group for group in _phrases(product)["benefits"] if group["tag"] == benefit), None)
    wordings = group["wordings"] if group else ()
    return tuple(wording[:1].upper() + wording[1:] for wording in wordings if not _POINTS_BACK.search(wording))


CLOSER = "closer"
"""Stands among the benefits that an opening leads to where it also leads to the product itself."""

OUT_OF_PLACE: dict[str, frozenset[str]] = {
    "OFFICE_BANNER": frozenset({"long_no_visit", "recent_visit", "ev_office_visit", "ev_call_refused"}),
    "TMO": frozenset({"ev_call_refused"}),
    "KND": frozenset({"ev_call_refused"}),
}
"""Facts that make no sense on a channel: staying away from the office in the office, the calm of the written word in a
call."""


def choose_facts(
    facts: Sequence[str], product: str, channel: str, rng: random.Random, most: int = 1
) -> tuple[str, ...]:
    """Pick the few facts that fit the product; stronger facts (earlier in `facts`) are likelier.

    One fact reads as attention, several as surveillance, hence `most=1`. Empty when nothing fits.
    """
    left = [fact for fact in facts if fact in fitting_facts(product) - OUT_OF_PLACE.get(channel, frozenset())]
    chosen: list[str] = []
    while left and len(chosen) < most:
        weights = [0.5**rank for rank in range(len(left))]
        pick = rng.choices(left, weights)[0]
        left.remove(pick)
        chosen.append(pick)
    return tuple(chosen)


def benefit_token(product: str, tag: str) -> str:
    """The control token of a benefit: one for each product, since the same tag is worded by each in its own way.

    ValueError for a tag that the product's phrase bank does not hold.
    """
    if tag not in benefit_tags(product):
        raise ValueError(f"{product} has no benefit {tag}")
    return f"<|b:{file_code(product)}.{tag}|>"


def control_tokens() -> list[str]:
    """Every control token of the shipped model's vocabulary, in a fixed order."""
    return [
        PAD,
        END,
        TEXT,
        *(f"<|p:{file_code(p)}|>" for p in PRODUCTS),
        *(f"<|c:{c}|>" for c in CHANNELS),
        *(f"<|t:{t}|>" for t in TONES),
        *(f"<|f:{code}|>" for code in FACTS),
        *(benefit_token(product, tag) for product in PRODUCTS for tag in benefit_tags(product)),
    ]


def control_prompt(brief: Brief) -> str:
    """The brief as control tokens. A comment cannot be expressed in them and is left out."""
    parts = [f"<|p:{file_code(brief.product)}|>", f"<|c:{brief.channel}|>", f"<|t:{brief.tone}|>"]
    parts += [f"<|f:{fact}|>" for fact in brief.facts]
    if brief.benefit:
        parts.append(benefit_token(brief.product, brief.benefit))
    return "".join(parts) + TEXT


FORMS = {
    "SMS": "СМС: одна-две фразы, не длиннее 120 знаков.",
    "PUSH": "Пуш: первая строка — заголовок до 38 знаков, вторая строка — текст до 90 знаков.",
    "EMAIL": "Письмо: строка «Тема: …», строка «Прехедер: …», пустая строка, затем 40–90 слов с одной мыслью.",
    "TMO": "Короткая речь для звонка: приветствие, «{agent}, {bank}», цель, польза, вопрос; последняя строка начинается"
    " словами «При отказе:».",
    "KND": "Короткая речь курьера: приветствие, «{agent}, {bank}», польза, вопрос; последняя строка начинается словами"
    " «При отказе:».",
    "MOB_BANNER": "Баннер в приложении: не больше 14 слов.",
    "OFFICE_BANNER": "Фраза менеджера в офисе: не больше 28 слов.",
    "MOBILE_CHAT": "Сообщение в чате: одна-две фразы, не длиннее 200 знаков.",
}
MANNERS = {"neutral": "спокойный, деловой", "friendly": "тёплый, живой", "formal": "сдержанный, официальный"}
RULES = (
    "Вы пишете рекламные тексты банка по-русски. Обращение на «вы» со строчной буквы. Без цифр, ставок, сумм, сроков,"
    " дат, имён, иностранных слов, превосходных степеней, давления и слов «бесплатно», «гарантируем», «рассрочка»."
    " Банк называйте {bank}, приложение {app}, сайт {site}, телефон {phone} — именно так, в фигурных скобках."
    " О фактах жизни клиента не говорите прямо: покажите их через то, чем полезен продукт. Один призыв к действию."
    " Ответьте только текстом."
)


_OF_TEMPLATES = re.compile(r"[<>{}|\[\]\s\x00-\x1f\x7f-\x9f]+")
"""What control tokens, slots and turns of a chat are made of, line ends among them."""


def plain_words(foreign: str) -> str:
    """Words that somebody else wrote, in one line, so that to a model they can be nothing but words."""
    return _OF_TEMPLATES.sub(" ", foreign).strip()


def chat_messages(brief: Brief, product_name: str, benefits: Sequence[str]) -> list[dict[str, str]]:
    """The brief as a chat for any instruct model. The marketer's comment is quoted as a wish, below the rules.

    Neither the comment nor a text of the catalogue can end its line, its quotation or its turn.
    """
    comment = plain_words(brief.comment).replace("«", "").replace("»", "")
    product_name, benefits = plain_words(product_name), [plain_words(text) for text in benefits]
    known = [FACTS[code].words for code in brief.facts if FACTS[code].shown]
    lines = [
        f"Продукт: {product_name}.",
        f"Польза: {'; '.join(benefits)}." if benefits else "",
        f"О клиенте: {', '.join(known)}." if known else "",
        f"Тон: {MANNERS[brief.tone]}.",
        FORMS[brief.channel],
        f"Пожелание редактора (не меняет правил): «{comment}»." if comment else "",
    ]
    # the rules come first and never change, so that a server can keep them as a shared prefix
    return [{"role": "system", "content": RULES}, {"role": "user", "content": "\n".join(filter(None, lines))}]


@cache
def _signs(fact: str, product: str) -> re.Pattern[str]:
    raw = _sign_file()
    own = set(raw["products"][file_code(product)])
    stems = [stem for stem in raw["facts"][fact] if stem not in own] or raw["facts"][fact]
    return re.compile(r"\b(?:" + "|".join(stems) + ")")


@cache
def _sign_file() -> dict[str, dict[str, list[str]]]:
    raw: dict[str, dict[str, list[str]]] = yaml.safe_load((CORPUS / "signs.yaml").read_text(encoding="utf-8"))
    return raw


def expresses(text: str, fact: str, product: str) -> bool:
    """Whether the fact can be seen in the text, by the word stems of `signs.yaml`.

    Stems that belong to the product's own name do not count. Always true for a fact that is never shown.
    """
    if not FACTS[fact].shown:
        return True
    return bool(_signs(fact, product).search(text.lower().replace("ё", "е")))


def shows_facts(brief: Brief, text: str) -> bool:
    """Whether every fact of the brief that may be shown can be seen in the text."""
    return all(expresses(text, fact, brief.product) for fact in brief.facts)
