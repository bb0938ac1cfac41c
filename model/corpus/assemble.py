"""Assembles texts from the phrase banks: one thought about the client's fact and a benefit, and a call to action.

A thought is a couplet written by hand, or an opening with an offer of a benefit to which its author says that it leads.
Every choice comes from the given generator, so a seed repeats the corpus. A text is returned as written; whether it has
the form of its channel and shows its fact is checked by the caller.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from model.brief import CLOSER, OUT_OF_PLACE, Brief, preheaders, room_for_benefit
from model.corpus.banks import STEM, Couplet, Opening, common_bank, couplets, fit, name_stems, phrase_bank, stems
from model.corpus.form import BANNER_WORDS, PUSH_TITLE, words
from model.corpus.tone import keeps_tone

COUPLET = {"EMAIL": 0.8, "TMO": 0.8, "KND": 0.8, "OFFICE_BANNER": 0.5, "MOBILE_CHAT": 0.5}
COUPLET_SHORT = 0.25
"""How often a thought is a couplet. On a short channel it would be nearly the whole text, so there the joined ones,
which bring the variety, come more often."""
NO_FACT = 0.12
CLOSED = {"SMS": 0.06, "PUSH": 0.06, "MOB_BANNER": 0.12, "MOBILE_CHAT": 0.05}
"""How often a short text names no benefit: an opening and a call that names the product."""
CALLED = {"SMS": 0.85, "PUSH": 0.45, "MOB_BANNER": 0.5}
"""How often a thought is followed by a call to action where it need not be."""
OWN_ACTION = 0.3
SAID_ONCE = ("прилож", "заявк", "офис", "отделен", "расч", "сайт", "чат", "услови", "вопрос", "телефон")
"""Stems that a call does not repeat after the thought."""
ELSEWHERE = {
    "чат": ("{site}", "{phone}", "звон", "офис"),
    "прилож": ("{phone}", "звон"),
    "офис": ("{phone}", "звон"),
    "по телефон": ("прилож", "офис"),
    "специалист": ("{site}", "заявк"),
    "менеджер": ("{site}", "заявк"),
}
"""Where a call does not lead after a thought that has named a way to reach the bank: two ways at once confuse."""
CALL_REFUSED, CALLS = "ev_call_refused", ("{phone}", "звон")
"""Who would not talk on the phone is not asked to ring up."""
HELLO = re.compile(r"(?:Здравствуйте|Добрый день|Доброго(?: вам)? дня)(?:, уважаемый клиент)?!")
"""Greetings of a call: nothing more stands well before the caller's name."""
REMOTE = re.compile(
    r"прилож|\bчат|дистанц|онлайн|не выходя|без визита|телефон|курьер|диван|визит|электронн|дома\b|офис"
)
CHAT = re.compile(r"\bчат")
ASIDE = {"OFFICE_BANNER": REMOTE, "TMO": CHAT, "KND": CHAT, "MOBILE_CHAT": CHAT}
"""What is odd to offer: in the office to do it from afar, in talk or in the chat itself to ask in a chat."""


@dataclass(frozen=True)
class Thought:
    """What a text has to say: `opening` shows the fact, `offer` names product, bank and the benefit.

    A couplet says both in `offer`. `title` is that of a push, empty where none was written for the thought.
    """

    benefit: str
    opening: str
    offer: str
    title: str = ""

    @property
    def text(self) -> str:
        """The thought in one or two sentences."""
        return f"{self.opening} {self.offer}".strip()


def upper_first(text: str) -> str:
    """Capitalise the first letter; slots and the rest stay as they are."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """A clause as a sentence."""
    text = upper_first(text.strip())
    return text if text[-1] in ".?!…" else text + "."


@cache
def _openings(product: str, fact: str, tone: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The product's openings for a fact that lead to benefits, with these; in the tone where there are any."""
    led = ((o.text, tuple(t for t in o.leads_to if t != CLOSER)) for o in _about(product, fact))
    found = tuple((text, benefits) for text, benefits in led if benefits)
    return tuple(one for one in found if keeps_tone(one[0], tone)) or found


@cache
def _openings_of_closers(product: str, fact: str, tone: str) -> tuple[str, ...]:
    """The product's openings for a fact that lead to the product itself; in the tone where there are any."""
    found = tuple(o.text for o in _about(product, fact) if CLOSER in o.leads_to)
    return tuple(text for text in found if keeps_tone(text, tone)) or found


def _about(product: str, fact: str) -> list[Opening]:
    return phrase_bank(product).openings.get(fact or "any", [])


@cache
def _couplets(product: str, fact: str, tone: str) -> tuple[Couplet, ...]:
    return tuple(c for c in couplets(product) if c.fact == fact and c.tone == tone)


def _think(brief: Brief, rng: random.Random) -> Thought:
    """One thought about the fact of the brief, or about the product alone."""
    product, fact, tone = brief.product, _fact(brief), brief.tone
    ready = _couplets(product, fact, tone)
    if ready and rng.random() < COUPLET.get(brief.channel, COUPLET_SHORT):
        couplet = rng.choice(ready)
        return Thought(couplet.benefit, "", couplet.text, couplet.title)
    opening, benefits = rng.choice(_openings(product, fact, tone))
    tag = rng.choice(benefits)
    offer = rng.choice(_not_echoing(phrase_bank(product).benefits[tag].offers[tone], opening, product))
    titles = _titles_of_anybody(product, tag, tone)
    fresh = _silent_on(titles, f"{opening} {offer}", product)
    title = rng.choice(fresh) if fresh else ""
    return Thought(tag, sentence(opening), offer, title)


def _silent_on(phrases: Sequence[str], said: str, product: str) -> Sequence[str]:
    """The phrases that say no word of what was said again, but for the product's name; maybe none."""
    heard = {stem for stem in stems(said) - name_stems(product) if len(stem) == STEM}
    return [phrase for phrase in phrases if heard.isdisjoint(_stems(phrase))]


def _not_echoing(phrases: Sequence[str], said: str, product: str) -> Sequence[str]:
    """The phrases that are silent on what was said; all where none is."""
    return _silent_on(phrases, said, product) or phrases


@cache
def _stems(phrase: str) -> set[str]:
    return stems(phrase)


@cache
def _titles_of_anybody(product: str, benefit: str, tone: str) -> tuple[str, ...]:
    """Titles that lean on no client fact, so that they suit any opening; in the tone where there are any."""
    found = [c for c in couplets(product) if c.benefit == benefit and not c.fact]
    return tuple(c.title for c in found if c.tone == tone) or tuple(c.title for c in found)


@cache
def _actions(product: str, tone: str) -> tuple[str, ...]:
    return tuple(action for action in phrase_bank(product).actions if keeps_tone(action, tone))


def _action(brief: Brief, said: str, rng: random.Random) -> str:
    """A call to action that neither says again what was said nor leads elsewhere.

    Now and then it is the product's own on the written channels, else the channel's.
    """
    own = _actions(brief.product, brief.tone) if brief.channel in ("SMS", "PUSH", "EMAIL") else ()
    shared: list[str] = common_bank()["actions"][brief.channel][brief.tone]
    actions = own if own and rng.random() < OWN_ACTION else shared
    heard = said.lower()
    spoken = [stem for stem in SAID_ONCE if stem in heard]
    elsewhere = [stem for way, others in ELSEWHERE.items() if way in heard for stem in others]
    if CALL_REFUSED in brief.facts:
        elsewhere += CALLS
    fresh = [action for action in actions if not any(stem in action.lower() for stem in (*spoken, *elsewhere))]
    return rng.choice(_not_echoing(fresh or shared, said, brief.product))


@cache
def _closers(product: str, channel: str, tone: str) -> tuple[str, ...]:
    """Calls that name product and bank; who sees a banner or a chat has opened the app already."""
    closers = tuple(phrase_bank(product).closers[tone])
    if channel not in ("MOB_BANNER", "MOBILE_CHAT"):
        return closers
    return tuple(c for c in closers if "{app}" not in c and "прилож" not in c and "в чат" not in c) or closers


def _closed(brief: Brief, rng: random.Random) -> str:
    """An opening that leads to the product itself, and a call that names it; the title and body of a push."""
    ready = _openings_of_closers(brief.product, _fact(brief), brief.tone)
    if not ready:
        return ""
    opening, closer = rng.choice(ready), rng.choice(_closers(brief.product, brief.channel, brief.tone))
    return _titled(opening, closer) if brief.channel == "PUSH" else f"{sentence(opening)} {closer}"


def _titled(title: str, body: str) -> str:
    return f"{upper_first(title).removesuffix('.')}\n{body}"


def _message(brief: Brief, thought: Thought, rng: random.Random) -> str:
    if rng.random() >= CALLED.get(brief.channel, 1):
        return thought.text
    return f"{thought.text} {_action(brief, thought.text, rng)}"


def _push(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """The title says the opening, or was written for a couplet of the same fact and benefit; without one no push."""
    short = 0 < len(thought.opening) <= PUSH_TITLE
    if not short and not thought.title:
        return ""
    if short and (not thought.title or rng.random() < 0.7):
        title, body = thought.opening, thought.offer
    else:
        title, body = thought.title, thought.text
    if rng.random() < CALLED["PUSH"]:
        body += f" {_action(brief, thought.text, rng)}"
    return _titled(title, body)


def _banner(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """As much of the thought as a banner holds: the fact where it is shown, else the benefit."""
    fits = words(thought.text) <= BANNER_WORDS or not room_for_benefit("MOB_BANNER", brief.facts)
    text = thought.text if fits else thought.offer
    action = rng.choice(_not_echoing(common_bank()["actions"]["MOB_BANNER"][brief.tone], text, brief.product))
    room = words(text) + words(action) <= BANNER_WORDS
    return f"{text} {action}" if room and rng.random() < CALLED["MOB_BANNER"] else text


def _email(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """A subject written for the same fact and benefit, other words on it in the preheader, the thought, a call."""
    known = preheaders(brief.product, thought.benefit)
    fresh = _silent_on(known, f"{thought.title} {thought.text}", brief.product)
    if not thought.title or not fresh:
        return ""
    common = common_bank()
    preheader = rng.choice(fresh)
    head = f"Тема: {thought.title}\nПрехедер: {preheader}"
    greeting, closing = common["greetings"][brief.tone], common["closings_email"][brief.tone]
    action = _action(brief, thought.text, rng)
    return "\n\n".join([head, rng.choice(greeting), thought.text, action, rng.choice(closing)])


def _script(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """A greeting that asks for a minute, the thought, a call that asks again: the thought asks nothing itself."""
    if "?" in thought.text:
        return ""
    tone, common = brief.tone, common_bank()
    if brief.channel == "TMO":
        greetings = common["greetings"]["neutral"] + common["greetings"][tone]
        hello = rng.choice([greeting for greeting in greetings if HELLO.fullmatch(greeting)])
        first = f"{hello} {rng.choice(common['call_intro'][tone])}"
    else:
        first = rng.choice(common["courier_intro"])
    refusal = rng.choice(common["call_refusal" if brief.channel == "TMO" else "courier_refusal"])
    return "\n".join([first, thought.text, _action(brief, thought.text, rng), refusal])


def _fact(brief: Brief) -> str:
    return brief.facts[0] if brief.facts else ""


WRITERS = {"PUSH": _push, "EMAIL": _email, "TMO": _script, "KND": _script, "MOB_BANNER": _banner}


def assemble(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str]:
    """One assembled pair, its text empty where the parts do not fit; the brief names the benefit of the text."""
    facts_here = [fact for fact in fit()[product] if fact not in OUT_OF_PLACE.get(channel, ())]
    fact = "" if rng.random() < NO_FACT else rng.choice(facts_here)
    brief = Brief(product, channel, tone, (fact,) if fact else ())
    if rng.random() < CLOSED.get(channel, 0):
        return brief, _closed(brief, rng)
    thought = _think(brief, rng)
    if (aside := ASIDE.get(channel)) and aside.search(thought.offer):
        return brief, ""
    named = Brief(product, channel, tone, brief.facts, thought.benefit)
    text = WRITERS.get(channel, _message)(named, thought, rng)
    return named if room_for_benefit(channel, brief.facts) else brief, text
