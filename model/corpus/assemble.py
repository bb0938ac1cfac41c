"""Assembles texts from the phrase banks: an opening for the client's fact, the product with benefits, a call to action.

Every choice comes from the given generator, so a seed repeats the corpus. A text is returned as written; whether it
has the form of its channel and shows its fact is checked by the caller.
"""

import random
import re
from functools import cache

from model.brief import OUT_OF_PLACE, Brief, expresses, room_for_benefit, suiting_benefits
from model.corpus.banks import common_bank, fit, phrase_bank, whole_texts
from model.corpus.form import words
from model.corpus.tone import keeps_tone

PRODUCT_OPENING = {"neutral": 0.7, "friendly": 0.7, "formal": 0.5}
"""How often an opening is taken from the product's own bank where both banks have one for the fact."""
NO_FACT = 0.12
BARE = 0.12
"""How often an offer is the product's name, a colon and the benefit instead of a sentence of its own."""
CLOSER = {"SMS": 0.4, "PUSH": 0.35, "MOB_BANNER": 0.6, "MOBILE_CHAT": 0.2}
"""How often a short text names no benefit: an opening and a call that names the product."""
TITLE_LENGTH = 38
GRAVE = frozenset({"ISG", "NSG", "INS_LIFE", "INS_PROPERTY"})
"""Products about misfortune, where «и ещё приятное» would be tactless."""
PRONOUN = re.compile(r"\b(?:он|она|оно|они|его|её|ее|их|ему|ей|им|ним|ней|них|нём|нему|нею)\b", re.IGNORECASE)


def upper_first(text: str) -> str:
    """Capitalise the first letter; slots and the rest stay as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A clause as a sentence."""
    text = upper_first(text.strip())
    return text if text[-1] in ".?!…" else text + "."


@cache
def _own_openings(product: str, fact: str, tone: str) -> tuple[str, ...]:
    openings = phrase_bank(product).openings.get(fact, ())
    return tuple(o for o in openings if expresses(o, fact, product) and keeps_tone(o, tone))


@cache
def _shared_openings(product: str, fact: str, tone: str) -> tuple[str, ...]:
    return tuple(o for o in common_bank()["openings"].get(fact, {}).get(tone, ()) if expresses(o, fact, product))


def opening(product: str, fact: str, tone: str, rng: random.Random) -> str:
    """A sentence that shows the fact by what matters to such a client; without a fact a general one."""
    own = _own_openings(product, fact, tone) if fact else ()
    shared = _shared_openings(product, fact, tone) if fact else ()
    if own and (not shared or rng.random() < PRODUCT_OPENING[tone]):
        return sentence(rng.choice(own))
    return sentence(rng.choice(shared or common_bank()["openings_any"][tone]))


def offer(product: str, tone: str, tag: str, rng: random.Random) -> str:
    """A sentence that names product, bank and a benefit."""
    benefit = phrase_bank(product).benefits[tag]
    wording = rng.choice(benefit.wordings)
    names = [name for name in phrase_bank(product).names["nom"] if "{bank}" in name]
    if names and rng.random() < BARE and ":" not in wording:
        return sentence(f"{upper_first(rng.choice(names))}: {wording}")
    return rng.choice(benefit.offers[tone])


@cache
def _standing_wordings(product: str, tag: str) -> tuple[str, ...]:
    """Wordings that need nothing before them: no pronoun for the product, no colon to follow a colon."""
    wordings = phrase_bank(product).benefits[tag].wordings
    return tuple(w for w in wordings if ":" not in w and not PRONOUN.search(w))


def _further(product: str, tone: str, tags: list[str], rng: random.Random) -> str:
    """One sentence more for each benefit that can be said so."""
    leads: list[str] = [""] if product in GRAVE else common_bank()["further"][tone]
    wordings = [rng.choice(standing) for tag in tags if (standing := _standing_wordings(product, tag))]
    used = [rng.choice(leads)]
    for _ in wordings[1:]:  # «кроме того» twice in a row is once too many
        used.append(rng.choice([lead for lead in leads if not lead or lead not in used]))
    return "".join(" " + sentence(lead + wording) for lead, wording in zip(used, wordings, strict=False))


@cache
def _actions(product: str, tone: str) -> tuple[str, ...]:
    return tuple(action for action in phrase_bank(product).actions if keeps_tone(action, tone))


def _action(product: str, channel: str, tone: str, rng: random.Random) -> str:
    """A call to action: the product's own on the written channels half of the time, else the channel's."""
    own = _actions(product, tone) if channel in ("SMS", "PUSH", "EMAIL") else ()
    if own and rng.random() < 0.5:
        return rng.choice(own)
    shared: list[str] = common_bank()["actions"][channel][tone]
    return rng.choice(shared)


@cache
def _closers(product: str, channel: str, tone: str) -> tuple[str, ...]:
    """Calls that name product and bank; who sees a banner or a chat has opened the app already."""
    closers = phrase_bank(product).closers[tone]
    inside = channel in ("MOB_BANNER", "MOBILE_CHAT")
    return tuple(c for c in closers if not (inside and ("{app}" in c or "прилож" in c or "в чат" in c))) or tuple(
        closers
    )


def _by_fact(section: str, fact: str, rng: random.Random) -> str:
    phrases: dict[str, list[str]] = common_bank()[section]
    return rng.choice(phrases.get(fact) or phrases["any"])


def _message(brief: Brief, rng: random.Random) -> str:
    product, channel, tone = brief.product, brief.channel, brief.tone
    start = opening(product, _fact(brief), tone, rng)
    if not brief.benefit:
        return f"{start} {rng.choice(_closers(product, channel, tone))}"
    body = offer(product, tone, brief.benefit, rng)
    if channel == "SMS" and rng.random() < 0.25:
        return f"{start} {body}"
    return f"{start} {body} {_action(product, channel, tone, rng)}"


@cache
def _titles(product: str, fact: str, tone: str) -> tuple[str, ...]:
    """Titles of a push: those written for the fact, and openings short enough."""
    own = (o.rstrip(".") for o in _own_openings(product, fact, tone) if len(o.rstrip(".")) <= TITLE_LENGTH)
    return (*common_bank()["push_titles"].get(fact or "any", ()), *own)


def _push(brief: Brief, rng: random.Random) -> str:
    product, tone, fact = brief.product, brief.tone, _fact(brief)
    title = upper_first(rng.choice(_titles(product, fact, tone) or _titles(product, "", tone)))
    body = [offer(product, tone, brief.benefit, rng)] if brief.benefit else []
    start = opening(product, fact, tone, rng)
    if rng.random() < 0.3 and title not in start:
        body.insert(0, start)
    if not brief.benefit:
        body.append(rng.choice(_closers(product, "PUSH", tone)))
    elif rng.random() < 0.5:
        body.append(_action(product, "PUSH", tone, rng))
    return f"{title}\n{' '.join(body)}"


def _banner(brief: Brief, rng: random.Random) -> str:
    product, tone = brief.product, brief.tone
    if not brief.benefit:
        return f"{opening(product, _fact(brief), tone, rng)} {rng.choice(_closers(product, 'MOB_BANNER', tone))}"
    body = offer(product, tone, brief.benefit, rng)
    action = rng.choice(common_bank()["actions"]["MOB_BANNER"][tone])
    return f"{body} {action}" if words(body) + words(action) <= 14 or rng.random() < 0.5 else body


@cache
def _heads(product: str, fact: str) -> tuple[str, ...]:
    """Subject and preheader of the whole mails about the product that were written for this fact."""
    mails = (t for t in whole_texts(product) if t.channel == "EMAIL" and t.facts == (fact,))
    return tuple(t.text.split("\n\n", 1)[0] for t in mails)


def _head(product: str, fact: str, rng: random.Random) -> str:
    heads = _heads(product, fact)
    if heads and rng.random() < 0.4:
        return rng.choice(heads)
    return f"Тема: {_by_fact('subjects', fact, rng)}\nПрехедер: {_by_fact('preheaders', fact, rng)}"


def _email(brief: Brief, further: list[str], rng: random.Random) -> str:
    product, tone, fact = brief.product, brief.tone, _fact(brief)
    common = common_bank()
    first = f"{opening(product, fact, tone, rng)} {offer(product, tone, brief.benefit, rng)}"
    more = _further(product, tone, further, rng).strip()
    parts = [_head(product, fact, rng), rng.choice(common["greetings"][tone])]
    parts += [first, more] if rng.random() < 0.5 else [f"{first} {more}"]
    return "\n\n".join([*parts, _action(product, "EMAIL", tone, rng), rng.choice(common["closings_email"][tone])])


def _script(brief: Brief, further: list[str], rng: random.Random) -> str:
    product, channel, tone = brief.product, brief.channel, brief.tone
    common = common_bank()
    if channel == "TMO":
        # the greeting of a call is short: the long ones do not sit well before an introduction
        hello = rng.choice([g for g in common["greetings"][tone] if words(g) <= 3])
        first = f"{hello} {rng.choice(common['call_intro'][tone])}"
    else:
        first = rng.choice(common["courier_intro"])
    middle = f"{opening(product, _fact(brief), tone, rng)} {offer(product, tone, brief.benefit, rng)}"
    middle += _further(product, tone, further[:1], rng)
    refusal = rng.choice(common["call_refusal" if channel == "TMO" else "courier_refusal"])
    return "\n".join([first, middle, rng.choice(common["actions"][channel][tone]), refusal])


def _fact(brief: Brief) -> str:
    return brief.facts[0] if brief.facts else ""


def assemble(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str]:
    """One assembled pair; the brief names the leading benefit where the text has one."""
    facts_here = [fact for fact in fit()[product] if fact not in OUT_OF_PLACE.get(channel, ())]
    fact = "" if rng.random() < NO_FACT else rng.choice(facts_here)
    facts = (fact,) if fact else ()
    tags = list(suiting_benefits(product, facts))
    rng.shuffle(tags)
    short = rng.random() < CLOSER.get(channel, 0) or not room_for_benefit(channel, facts)
    lead = "" if short else tags[0]
    brief = Brief(product, channel, tone, facts, lead)
    if channel == "PUSH":
        return brief, _push(brief, rng)
    if channel == "EMAIL":
        return brief, _email(brief, tags[1 : rng.choice((2, 3))], rng)
    if channel in ("TMO", "KND"):
        return brief, _script(brief, tags[1:2] if rng.random() < 0.7 else [], rng)
    if channel == "MOB_BANNER":
        return brief, _banner(brief, rng)
    return brief, _message(brief, rng)
