"""Obligatory blocks, rendered from the card and the bank's profile and put where the channel's form wants them.

The language model writes neither a figure nor a legal phrase: everything here is template, so the guard only has
to verify it. A block that the text already carries is not added twice.
"""

import re
from collections.abc import Callable
from typing import Literal

from backend.compliance.card import CREDIT_GROUPS, INSURANCE_GROUPS, Bank, Card
from backend.compliance.channels import form_of
from backend.compliance.checklists import CHECKLISTS, missing_keys
from backend.compliance.detectors.lengths import utf16_units
from backend.compliance.memory import LONGEST_OFFER, OFFERS, remembered
from backend.compliance.names import LEGAL_NAME, bank_names, mentions
from backend.compliance.normalise import plain_text
from backend.compliance.risk import states_risk

Conditions = Literal["none", "full"]

RISK_PHRASE = "Оценивайте свои финансовые возможности и риски"
STUDY_PHRASE = "Изучите все условия кредита (займа)"
PSK_PHRASE = "Полная стоимость кредита (займа)"
UNSUBSCRIBE = "Отписаться: {site}/unsubscribe"

_SLOT = re.compile(r"\{([^{}]*)\}")
_SENTENCE_END = re.compile(r"[.!?…][»\")]*$")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?…])\s+|(?<=[.!?…][»\")])\s+")
_REACHED = r"(?:[\w-]\.[a-zа-я]{2,}(?:/\S*)?|\d[\d -]{5,}\d)"
_LINK = re.compile(_REACHED, re.IGNORECASE)
_LINK_END = re.compile(f"{_REACHED}$", re.IGNORECASE)
_FAREWELL = re.compile(r"(?:с уважением|всего (?:вам )?доброго|до встречи)\b", re.IGNORECASE)
_LONGEST_FAREWELL = 90
_REFUSAL = re.compile(r"^\s*\[?(?:при отказе|отказ)\s*:", re.IGNORECASE | re.MULTILINE)
_GREETING = re.compile(r"(?:здравствуйте|добр\w+ (?:день|утро|вечер)|приветству\w+)[^.!?\n]{0,40}[.!]", re.IGNORECASE)


class MissingConditions(Exception):
    """The card lacks conditions that a full text must state; `keys` are those of the checklist."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


def fill_slots(text: str, bank: Bank, card: Card) -> str:
    """Replace `{bank}`, `{app}` … by the profile's values. Raises ValueError for an unknown or torn slot."""
    values = {
        "bank": bank.legal_name,
        "app": bank.app,
        "site": bank.site,
        "phone": bank.phone,
        "agent": bank.agent,
        "insurer": bank.insurer,
        "manager": bank.asset_manager,
        "product": card.name,
        "section": card.site_section,
    }

    def value(match: re.Match[str]) -> str:
        if match.group(1) not in values:
            raise ValueError(f"unknown slot {match.group(0)}")
        return values[match.group(1)]

    filled = _SLOT.sub(value, text)
    if "{" in filled or "}" in filled:
        raise ValueError("a torn slot")
    return filled


@remembered(OFFERS, LONGEST_OFFER)
def compose(body: str, *, card: Card, channel: str, bank: Bank, conditions: Conditions = "none") -> str:
    """The whole text as the client sees it: `body` (slots filled) with the obligatory blocks in lawful order.

    Raises MissingConditions when `conditions` is "full" and the card's set is not complete.
    """
    form = form_of(channel)
    named = body if bank_names(plain_text(body), bank) else _NAMING[form](body.rstrip(), bank.legal_name)
    terms = _terms(card, bank) if conditions == "full" else []
    said = f"{named}\n{' '.join(terms)}" if terms else named
    sentences = [*terms, *_obligatory(said, card, bank, form, with_terms=bool(terms))]
    if form in {"call", "visit"}:
        sentences = _spoken(sentences, with_terms=bool(terms))
    if form == "email":
        return _with_unsubscribe(_into_email(named.rstrip(), sentences, bank), bank)
    return _PLACING[form](named.rstrip(), sentences)


def mandatory_length(card: Card, channel: str, bank: Bank) -> int:
    """UTF-16 units that `compose(conditions="none")` adds at most to a body that already names the bank."""
    body = f"{bank.legal_name}: текст."
    added = compose(body, card=card, channel=channel, bank=bank)
    closing_stop = 1 if added != body else 0
    return utf16_units(added) - utf16_units(body) + closing_stop


def _terms(card: Card, bank: Bank) -> list[str]:
    given = {key for key, phrase in card.conditions.items() if phrase.strip()}
    if _has_another_insurer(card, bank):
        given.discard("insurer")
    missing = missing_keys(card.group, given)
    if card.group in CREDIT_GROUPS and not bank.owns(card.site_section):
        missing = (*missing, "site_section")
    if missing:
        raise MissingConditions(missing)
    return [_term(condition.key, card) for condition in CHECKLISTS[card.group] if condition.key in given]


def _has_another_insurer(card: Card, bank: Bank) -> bool:
    """Then a full text would name two: the card's and the one of the profile, whose agent the bank is."""
    plain = plain_text(card.conditions.get("insurer", ""))
    return bool(LEGAL_NAME.search(plain)) and not mentions(plain, (bank.insurer,))


def _term(key: str, card: Card) -> str:
    phrase = card.conditions[key].strip().rstrip(".")
    if key == "psk_range" and not phrase.casefold().startswith(PSK_PHRASE.casefold()):
        return f"{PSK_PHRASE}: {phrase}"
    return phrase[:1].upper() + phrase[1:]


def _obligatory(text: str, card: Card, bank: Bank, form: str, *, with_terms: bool) -> list[str]:
    plain = plain_text(text)
    if card.group in CREDIT_GROUPS:
        return _credit_phrases(plain, card, with_terms=with_terms)
    sentences = []
    if card.group in INSURANCE_GROUPS and not mentions(plain, (bank.insurer,)):
        sentences.append(_insurer(bank, form))
    if card.group == "trust":
        sentences.extend(_disclosure(text, bank, form))
    if not states_risk(plain) and (risk := _risk_sentence(card, form)):
        sentences.append(risk)
    return sentences


def _credit_phrases(plain: str, card: Card, *, with_terms: bool) -> list[str]:
    study = [f"{STUDY_PHRASE} в разделе {card.site_section}"] if with_terms else []
    risk = [] if plain_text(RISK_PHRASE) in plain else [RISK_PHRASE]
    return [*study, *risk]


def _insurer(bank: Bank, form: str) -> str:
    if form in {"email", "call", "visit"}:
        return f"Страховщик — {bank.insurer}, банк действует как его агент"
    return f"Страховщик: {bank.insurer}"


def _disclosure(text: str, bank: Bank, form: str) -> list[str]:
    """Where the managed client finds the disclosed facts, and a phone (ст. 28 ч. 4); only what the text lacks."""
    absent = [value for value in (bank.disclosure_site, bank.phone) if value not in text]
    if not absent:
        return []
    if form in {"call", "visit"}:
        return [f"Сведения об управлении — на сайте {bank.disclosure_site} и по телефону {bank.phone}"]
    lead = "Раскрытие информации и условия управления" if form == "email" else "Сведения"
    return [f"{lead}: {', '.join(absent)}"]


def _risk_sentence(card: Card, form: str) -> str:
    """A banner has room for two words; they say the same."""
    if card.group == "metal":
        return "Цена металла может снизиться, в этом есть риск" if form == "email" else "Есть риск снижения цены"
    if card.group not in {"investment", "trust"} and card.code != "ISG":
        return ""
    if form == "email" and card.code != "ISG":
        return "Инвестиции связаны с риском, доход не гарантирован"
    return "Возможны убытки" if form == "banner" else "Доход не гарантирован"


def _spoken(sentences: list[str], *, with_terms: bool) -> list[str]:
    """What an employee says aloud: the sentences are the same, a short lead makes them speech."""
    if not sentences:
        return []
    if with_terms:
        return ["Назову условия", *sentences]
    first = sentences[0]
    if first.split()[0] in {"Страховщик", "Сведения"}:
        return sentences
    return [f"Напомню: {first[:1].lower()}{first[1:]}", *sentences[1:]]


def _ended(text: str) -> str:
    return text if not text or _SENTENCE_END.search(text) else f"{text}."


def _joined(pieces: list[str]) -> str:
    """Running text without the last stop.

    Nothing is put right behind a link or a phone, where it becomes part of it in many clients: the line ends there.
    """
    text = pieces[0]
    for piece in pieces[1:]:
        text = f"{text}\n{piece}" if _LINK_END.search(text) else f"{_ended(text)} {piece}"
    return text


def _in_one_line(sentences: list[str]) -> str:
    """The same where there is one line, or a voice: nobody follows a link there."""
    return ". ".join(sentences)


def _append(body: str, sentences: list[str]) -> str:
    return _joined([body, *sentences])


def _append_to_push(body: str, sentences: list[str]) -> str:
    return f"{_ended(body)} {_in_one_line(sentences)}" if sentences else body


def _append_line(body: str, sentences: list[str]) -> str:
    return f"{body}\n{_joined(sentences)}" if sentences else body


def _into_script(body: str, sentences: list[str]) -> str:
    """Before the closing question, and in any case before the branch of refusal."""
    if not sentences:
        return body
    spoken = f"{_in_one_line(sentences)}."
    refusal = _REFUSAL.search(body)
    talk, branch = (body[: refusal.start()], body[refusal.start() :]) if refusal else (body, "")
    *above, last = talk.rstrip().split("\n")
    opening, question = _closing_question(last)
    if question and opening:
        lines = [*above, f"{_ended(opening)} {spoken} {question}"]
    elif question:
        lines = [*above, spoken, question]
    else:
        lines = [*above, last, spoken]
    return "\n".join([*lines, branch] if branch else lines)


def _closing_question(line: str) -> tuple[str, str]:
    """Split the last line into what is said before and the question that closes the talk."""
    if not line.rstrip('»" ').endswith("?"):
        return line, ""
    parts = _BETWEEN_SENTENCES.split(line)
    return " ".join(parts[:-1]), parts[-1]


def _into_email(body: str, sentences: list[str], bank: Bank) -> str:
    """A paragraph of its own, above the signature and the line for unsubscribing."""
    if not sentences:
        return body
    paragraphs = body.split("\n\n")
    place = len(paragraphs)
    while place > 1 and _is_closing(paragraphs[place - 1], bank):
        place -= 1
    legal = [s for s in sentences if s.startswith((STUDY_PHRASE, RISK_PHRASE))]
    terms = [s for s in sentences if s not in legal]
    blocks = [_paragraph(terms)] if terms else []
    if legal:
        blocks.append("\n".join(legal))
    return "\n\n".join([*paragraphs[:place], *blocks, *paragraphs[place:]])


def _paragraph(sentences: list[str]) -> str:
    text = _joined(sentences)
    return text if _LINK_END.search(text) else f"{text}."


def _is_closing(paragraph: str, bank: Bank) -> bool:
    """The line for unsubscribing, or a short goodbye: it is known by its first words or by the bank's name at its end.

    A signature has no stop and no link: what has one of them is a sentence of the letter that ends with the name.
    """
    if "отписаться" in paragraph.casefold():
        return True
    if _LINK.search(paragraph):
        return False
    if _FAREWELL.match(paragraph) and len(paragraph) <= _LONGEST_FAREWELL:
        return True
    plain = plain_text(paragraph)
    names = bank_names(plain, bank)
    return bool(names) and not plain[names[-1].end() :].strip('" ') and names[-1].start() <= _LONGEST_FAREWELL


def _with_unsubscribe(text: str, bank: Bank) -> str:
    if "отписаться" in text.casefold():
        return text
    return f"{text}\n\n{UNSUBSCRIBE.format(site=bank.site)}"


def _name_first(body: str, name: str) -> str:
    return f"{name}. {body}"


def _name_last(body: str, name: str) -> str:
    return f"{_ended(body)} {name}"


def _name_in_script(body: str, name: str) -> str:
    greeting = _GREETING.match(body)
    end = greeting.end() if greeting else 0
    return f"{body[:end]} Вас приветствует {name}.{' ' if not greeting else ''}{body[end:]}".strip()


def _name_in_email(body: str, name: str) -> str:
    return f"{body}\n\nС уважением, {name}"


_NAMING: dict[str, Callable[[str, str], str]] = {
    "sms": _name_first,
    "chat": _name_first,
    "push": _name_last,
    "banner": _name_last,
    "email": _name_in_email,
    "call": _name_in_script,
    "visit": _name_in_script,
}
_PLACING: dict[str, Callable[[str, list[str]], str]] = {
    "sms": _append,
    "chat": _append,
    "push": _append_to_push,
    "banner": _append_line,
    "call": _into_script,
    "visit": _into_script,
}
