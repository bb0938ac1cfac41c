"""Assembles texts from the phrase banks: an opening for the client's fact, the product with benefits, a call to action.

Every choice comes from the given generator, so a seed repeats the corpus. A text is returned as written; whether it
has the form of its channel is checked by the caller.
"""

import random

from model.brief import MOST_BENEFITS, Brief
from model.corpus.banks import PhraseBank, common_bank, fit, frames, phrase_bank
from model.corpus.form import words

PRODUCT_OPENING = 0.75
"""How often an opening is taken from the product's own bank where both banks have one for the fact."""
NO_FACT = 0.12
SHORT_PUSH = 0.15
"""Share of pushes with the name and a call only: what is left where the law fills much of the line."""


def upper_first(text: str) -> str:
    """Capitalise the first letter; slots and the rest stay as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A clause as a sentence."""
    text = upper_first(text.strip())
    return text if text[-1] in ".?!…" else text + "."


def opening(product: str, fact: str, tone: str, rng: random.Random) -> str:
    """A sentence that shows the fact by what matters to such a client; without a fact a general one."""
    if not fact:
        return sentence(rng.choice(common_bank()["openings_any"][tone]))
    own = phrase_bank(product).openings.get(fact)
    shared = common_bank()["openings"].get(fact, {}).get(tone)
    if own and (not shared or rng.random() < PRODUCT_OPENING):
        return sentence(rng.choice(own))
    return sentence(rng.choice(shared or common_bank()["openings_any"][tone]))


def _place(frame: str, bank: PhraseBank, rng: random.Random) -> str:
    """Put the product's name into a frame and name the bank exactly once."""
    case = next(c for c in ("nom", "acc", "ins") if c.upper() in frame)
    names = bank.names[case]
    if "{bank}" in frame:
        names = [n for n in names if "{bank}" not in n]
    name = rng.choice(names)
    placed = frame.replace(case.upper(), name)
    named = "{bank}" in name
    return placed.replace("@в", "" if named else " в {bank}").replace("@от", "" if named else " от {bank}")


def _bare_name(bank: PhraseBank, rng: random.Random) -> str:
    """The product's name with the bank's, to open a sentence."""
    return upper_first(_place(rng.choice(frames()["bare"]), bank, rng))


def _benefit(bank: PhraseBank, group: int, rng: random.Random) -> str:
    return rng.choice(bank.benefits[group])


def offer_sentences(product: str, tone: str, groups: list[int], rng: random.Random) -> str:
    """The product with the benefits of `groups` (one or more), as one to three sentences that name the bank once."""
    bank = phrase_bank(product)
    first = _benefit(bank, groups[0], rng)
    kind = rng.random()
    if kind < 0.35:
        text = sentence(f"{_bare_name(bank, rng)}: {first}")
    elif kind < 0.92:
        text = sentence(_place(rng.choice(frames()["intros"][tone]), bank, rng)) + " " + sentence(first)
    else:
        text = sentence(first) + " " + sentence(_place(rng.choice(frames()["intros"][tone]), bank, rng))
    for group in groups[1:]:
        lead = rng.choice(frames()["further"][tone])
        text += " " + sentence(lead + _benefit(bank, group, rng))
    return text


def _action(product: str, channel: str, tone: str, rng: random.Random) -> str:
    """A call to action: the product's own on the written channels half of the time, else the channel's."""
    if channel in ("SMS", "PUSH", "EMAIL") and rng.random() < 0.5:
        return rng.choice(phrase_bank(product).actions)
    shared: list[str] = common_bank()["actions"][channel][tone]
    return rng.choice(shared)


def _by_fact(section: str, fact: str, rng: random.Random) -> str:
    phrases: dict[str, list[str]] = common_bank()[section]
    return rng.choice(phrases.get(fact) or phrases["any"])


def _message(product: str, channel: str, tone: str, fact: str, groups: list[int], rng: random.Random) -> str:
    start = opening(product, fact, tone, rng)
    offer = offer_sentences(product, tone, groups[:1], rng)
    return f"{start} {offer} {_action(product, channel, tone, rng)}"


def _push(product: str, tone: str, fact: str, groups: list[int], rng: random.Random) -> str:
    title = _by_fact("push_titles", fact, rng)
    if rng.random() < SHORT_PUSH:
        bank = phrase_bank(product)
        name = _bare_name(bank, rng)
        return f"{title}\n{name}. {_action(product, 'PUSH', tone, rng)}"
    parts = [offer_sentences(product, tone, groups[:1], rng)]
    if rng.random() < 0.45:
        parts.insert(0, opening(product, fact, tone, rng))
    if rng.random() < 0.75:
        parts.append(_action(product, "PUSH", tone, rng))
    return title + "\n" + " ".join(parts)


def _banner(product: str, tone: str, fact: str, groups: list[int], rng: random.Random) -> str:
    bank = phrase_bank(product)
    name = _bare_name(bank, rng)
    action = rng.choice(common_bank()["actions"]["MOB_BANNER"][tone])
    lead = opening(product, fact, tone, rng) if rng.random() < 0.75 else ""
    if words(lead) > 9:
        lead = ""
    body = f"{name}: {_benefit(bank, groups[0], rng)}." if rng.random() < 0.5 or not lead else f"{name}."
    return " ".join(filter(None, [lead, body, action]))


def _email(product: str, tone: str, fact: str, groups: list[int], rng: random.Random) -> str:
    common = common_bank()
    greeting = rng.choice(common["greetings"][tone])
    body = [opening(product, fact, tone, rng) + " " + offer_sentences(product, tone, groups, rng)]
    body.append(_action(product, "EMAIL", tone, rng))
    closing = rng.choice(common["closings_email"][tone])
    head = f"Тема: {_by_fact('subjects', fact, rng)}\nПрехедер: {_by_fact('preheaders', fact, rng)}"
    return "\n\n".join([head, greeting, *body, closing])


def _script(product: str, channel: str, tone: str, fact: str, groups: list[int], rng: random.Random) -> str:
    common = common_bank()
    refusal = rng.choice(common["call_refusal" if channel == "TMO" else "courier_refusal"])
    if channel == "TMO":
        # the greeting of a call is short: the long ones do not sit well before an introduction
        hello = rng.choice([g for g in common["greetings"][tone] if words(g) <= 4])
        first = f"{hello} {rng.choice(common['call_intro'][tone])}"
    else:
        first = rng.choice(common["courier_intro"])
    offer = offer_sentences(product, tone, groups[:2], rng)
    middle = f"{opening(product, fact, tone, rng)} {offer}"
    return "\n".join([first, middle, rng.choice(common["actions"][channel][tone]), refusal])


def assemble(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, int, str]:
    """One assembled pair: the brief (without its benefit), the number of the leading benefit, and the text."""
    fact = "" if rng.random() < NO_FACT else rng.choice(fit()[product])
    count = len(phrase_bank(product).benefits)
    groups = rng.sample(range(min(count, MOST_BENEFITS)), k=rng.choice((2, 3)))
    facts = (fact,) if fact else ()
    if channel == "PUSH":
        text = _push(product, tone, fact, groups, rng)
    elif channel == "EMAIL":
        text = _email(product, tone, fact, groups, rng)
    elif channel in ("TMO", "KND"):
        text = _script(product, channel, tone, fact, groups, rng)
    elif channel == "MOB_BANNER":
        text = _banner(product, tone, fact, groups, rng)
    else:
        text = _message(product, channel, tone, fact, groups, rng)
    return Brief(product, channel, tone, facts), groups[0], text
