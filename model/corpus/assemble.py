"""Assembles texts from the phrase banks: one thought about the client's fact and a benefit, and a call to action.

A thought is a couplet written by hand, or an opening with an offer of a benefit to which its author says that it leads.
Every choice comes from the given generator, so a seed repeats the corpus. A text is returned as written; whether it has
the form of its channel and shows its fact is checked by the caller.
"""

import random
from dataclasses import dataclass
from functools import cache

from model.brief import CLOSER, OUT_OF_PLACE, Brief, room_for_benefit
from model.corpus.banks import Couplet, common_bank, couplets, fit, phrase_bank
from model.corpus.form import BANNER_WORDS, PUSH_TITLE, words
from model.corpus.tone import keeps_tone

COUPLET = 0.4
"""How often a thought is a couplet; the joined ones bring the variety."""
NO_FACT = 0.12
BARE = 0.12
"""How often an offer is the product's name, a colon and the benefit instead of a sentence of its own."""
CLOSED = {"SMS": 0.15, "PUSH": 0.15, "MOB_BANNER": 0.5, "MOBILE_CHAT": 0.1}
"""How often a short text names no benefit: an opening and a call that names the product."""
CALLED = {"SMS": 0.75, "PUSH": 0.45, "MOB_BANNER": 0.5}
"""How often a thought is followed by a call to action where it need not be."""
FURTHER = 0.2
"""How often a script names a second benefit."""


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
def openings(product: str, fact: str, tone: str, lead: str = "") -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The product's openings for a fact («any» without one) that keep the tone, each with the benefits it leads to.

    `lead` leaves those that lead to this benefit, or to a closer.
    """
    found = [o for o in phrase_bank(product).openings.get(fact or "any", ()) if lead in o.leads_to or not lead]
    kept = [o for o in found if keeps_tone(o.text, tone)]
    tags = ((o.text, tuple(tag for tag in o.leads_to if tag != CLOSER)) for o in kept or found)
    return tuple((text, benefits) for text, benefits in tags if benefits or lead)


@cache
def _couplets(product: str, fact: str, tone: str) -> tuple[Couplet, ...]:
    return tuple(c for c in couplets(product) if c.fact == fact and c.tone == tone)


def offer(product: str, tone: str, tag: str, rng: random.Random) -> str:
    """A sentence that names product, bank and a benefit."""
    benefit = phrase_bank(product).benefits[tag]
    wording = rng.choice(benefit.wordings)
    names = [name for name in phrase_bank(product).names["nom"] if "{bank}" in name]
    if names and rng.random() < BARE and ":" not in wording:
        return sentence(f"{upper_first(rng.choice(names))}: {wording}")
    return rng.choice(benefit.offers[tone])


def think(product: str, fact: str, tone: str, rng: random.Random) -> Thought:
    """One thought about the fact, or about the product alone where `fact` is empty."""
    ready = _couplets(product, fact, tone)
    if ready and rng.random() < COUPLET:
        couplet = rng.choice(ready)
        return Thought(couplet.benefit, "", couplet.text, couplet.title)
    opening, benefits = rng.choice(openings(product, fact, tone))
    tag = rng.choice(benefits)
    titles = [c.title for c in ready if c.benefit == tag]
    return Thought(tag, sentence(opening), offer(product, tone, tag, rng), rng.choice(titles) if titles else "")


def _further(brief: Brief, rng: random.Random) -> str:
    """A sentence for one benefit more that suits the fact, empty where there is none."""
    suiting = {tag for _, tags in openings(brief.product, _fact(brief), brief.tone) for tag in tags}
    more = sorted(suiting - {brief.benefit})
    return offer(brief.product, brief.tone, rng.choice(more), rng) if more else ""


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


def _closed(brief: Brief, rng: random.Random) -> str:
    """An opening that leads to the product itself, and a call that names it; the title and body of a push."""
    ready = openings(brief.product, _fact(brief), brief.tone, CLOSER)
    if not ready:
        return ""
    closer = rng.choice(_closers(brief.product, brief.channel, brief.tone))
    opening = rng.choice(ready)[0]
    return _titled(opening, closer) if brief.channel == "PUSH" else f"{sentence(opening)} {closer}"


def _titled(title: str, body: str) -> str:
    return f"{upper_first(title).removesuffix('.')}\n{body}"


def _message(brief: Brief, thought: Thought, rng: random.Random) -> str:
    if rng.random() >= CALLED.get(brief.channel, 1):
        return thought.text
    return f"{thought.text} {_action(brief.product, brief.channel, brief.tone, rng)}"


def _push(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """The title says the opening, or was written for a couplet about the same benefit."""
    fits = 0 < len(thought.opening) <= PUSH_TITLE
    if fits and (not thought.title or rng.random() < 0.7):
        title, body = thought.opening, thought.offer
    else:
        titles = common_bank()["push_titles"]
        title = thought.title or rng.choice(titles.get(_fact(brief)) or titles["any"])
        body = thought.text
    if rng.random() < CALLED["PUSH"]:
        body += f" {_action(brief.product, 'PUSH', brief.tone, rng)}"
    return _titled(title, body)


def _banner(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """As much of the thought as a banner holds: the fact where it is shown, else the benefit."""
    fits = words(thought.text) <= BANNER_WORDS or not room_for_benefit("MOB_BANNER", brief.facts)
    text = thought.text if fits else thought.offer
    action = rng.choice(common_bank()["actions"]["MOB_BANNER"][brief.tone])
    room = words(text) + words(action) <= BANNER_WORDS
    return f"{text} {action}" if room and rng.random() < CALLED["MOB_BANNER"] else text


def _email(brief: Brief, thought: Thought, rng: random.Random) -> str:
    """A subject that fits the thought where one was written, else the fact; two paragraphs, a call, a signature."""
    fact, common = _fact(brief), common_bank()
    subjects, preheaders = common["subjects"], common["preheaders"]
    subject = thought.title or rng.choice(subjects.get(fact) or subjects["any"])
    parts = [f"Тема: {subject}\nПрехедер: {rng.choice(preheaders.get(fact) or preheaders['any'])}"]
    parts += [rng.choice(common["greetings"][brief.tone]), thought.text, _further(brief, rng)]
    parts += [_action(brief.product, "EMAIL", brief.tone, rng), rng.choice(common["closings_email"][brief.tone])]
    return "\n\n".join(filter(None, parts))


def _script(brief: Brief, thought: Thought, rng: random.Random) -> str:
    tone, common = brief.tone, common_bank()
    if brief.channel == "TMO":
        # the greeting of a call is short: the long ones do not sit well before an introduction
        hello = rng.choice([g for g in common["greetings"][tone] if words(g) <= 3])
        first = f"{hello} {rng.choice(common['call_intro'][tone])}"
    else:
        first = rng.choice(common["courier_intro"])
    middle = f"{thought.text} {_further(brief, rng)}".strip() if rng.random() < FURTHER else thought.text
    refusal = rng.choice(common["call_refusal" if brief.channel == "TMO" else "courier_refusal"])
    return "\n".join([first, middle, rng.choice(common["actions"][brief.channel][tone]), refusal])


def _fact(brief: Brief) -> str:
    return brief.facts[0] if brief.facts else ""


WRITERS = {"PUSH": _push, "EMAIL": _email, "TMO": _script, "KND": _script, "MOB_BANNER": _banner}


def assemble(product: str, channel: str, tone: str, rng: random.Random) -> tuple[Brief, str]:
    """One assembled pair; the brief names the benefit where the text is about one."""
    facts_here = [fact for fact in fit()[product] if fact not in OUT_OF_PLACE.get(channel, ())]
    fact = "" if rng.random() < NO_FACT else rng.choice(facts_here)
    brief = Brief(product, channel, tone, (fact,) if fact else ())
    if rng.random() < CLOSED.get(channel, 0):
        return brief, _closed(brief, rng)
    thought = think(product, fact, tone, rng)
    named = Brief(product, channel, tone, brief.facts, thought.benefit)
    text = WRITERS.get(channel, _message)(named, thought, rng)
    return named if room_for_benefit(channel, brief.facts) else brief, text
