"""Titles, subjects and preheaders: the model's own where they sound like its corpus, a copywriter's where they do not.
Also what can go from a text that is too long.

A title is the least repeated part of the corpus, so for a client fact that a channel has rarely seen the model makes
one up. The body below it is another matter: it is made of what the model has read often. A thought that the model
tells in its author's words gets the title that was written for it: another one of the same benefit may point elsewhere.
No other title takes the place of the one that alone shows the client fact, but one that was written for that fact.
"""

import random
import re
from collections.abc import Callable, Iterator, Sequence

from backend.learning.score import said_again
from model.brief import Brief, preheaders, shows_facts, titles, titles_of_fact, written_title

STEM = 5
"""Letters of a word that are taken for its stem."""
SUBJECT, PREHEADER = "Тема: ", "Прехедер: "
SHORTENED = frozenset({"SMS", "PUSH", "MOB_BANNER"})
"""Channels whose texts do without a call to action."""
SAME = 0.5
"""Share of a head's words that, met in a line beside it, make both say the same."""
_WORD = re.compile(r"[а-я]{4,}")
_BETWEEN_SENTENCES = re.compile(r"(?<=[.!?…])\s+")


def mended(body: str, brief: Brief, strangeness: Callable[[str], float]) -> str:
    """The body with hand-written heads, where its own are strange or said again below and others are at hand.

    The choice depends on the text alone, so a repeated call repeats it.
    """
    lines = body.split("\n")
    if brief.channel == "PUSH" and len(lines) > 1:
        lines[0] = _title(lines[0], lines[1:], brief, strangeness)
    elif brief.channel == "EMAIL" and len(lines) > 2 and lines[0].startswith(SUBJECT):
        subject, preheader, below = lines[0].removeprefix(SUBJECT), lines[1].removeprefix(PREHEADER), lines[2:]
        subject = written_title(brief.product, below) or subject
        preheader = _head(preheader, preheaders(brief.product, brief.benefit), below, [subject], strangeness)
        subject = _head(subject, titles(brief), [preheader, *below], (), strangeness)
        lines[:2] = [f"{SUBJECT}{subject}", f"{PREHEADER}{preheader}"]
    return "\n".join(lines)


def _title(own: str, below: Sequence[str], brief: Brief, strangeness: Callable[[str], float]) -> str:
    """The title of a push: its own, or another that leaves the client fact in the text where it is."""
    shown = shows_facts(brief, "\n".join((own, *below)))

    def keeps_fact(title: str) -> bool:
        return not shown or shows_facts(brief, "\n".join((title, *below)))

    written = written_title(brief.product, below)
    if written and keeps_fact(written):
        return written
    others = [title for title in titles(brief) if keeps_fact(title)]
    others = others or [title for title in titles_of_fact(brief) if keeps_fact(title)]
    return _head(own, others, below, below, strangeness)


def _head(
    own: str, others: Sequence[str], below: Sequence[str], beside: Sequence[str], strangeness: Callable[[str], float]
) -> str:
    """The head, or another where it is strange, said again below, or in much the same words in a line beside it."""
    rest = "\n".join(below)

    def fits(head: str) -> bool:
        return not strangeness(head) and not said_again(head, rest) and not any(_alike(head, line) for line in beside)

    fitting = [own] if fits(own) else [other for other in others if fits(other)]
    return random.Random(rest).choice(fitting) if fitting else own


def _alike(head: str, line: str) -> bool:
    mine = _stems(head)
    return len(mine & _stems(line)) >= max(1, SAME * len(mine))


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in _WORD.findall(text.lower().replace("ё", "е"))}


def shorter(body: str, channel: str) -> Iterator[str]:
    """The body of a short text that is too long, shorter and shorter, for as long as it names the bank.

    First what follows the sentence with the bank goes, then the title of a push gives way to the opening below it.
    """
    if channel not in SHORTENED:
        return
    title, line_end, text = body.rpartition("\n")
    sentences = _BETWEEN_SENTENCES.split(text)
    named = next((place for place, sentence in enumerate(sentences) if "{bank}" in sentence), len(sentences))
    if named + 1 < len(sentences):
        yield f"{title}{line_end}{' '.join(sentences[: named + 1])}"
    if channel == "PUSH" and 0 < named < len(sentences):
        yield f"{sentences[0].removesuffix('.')}\n{' '.join(sentences[1 : named + 1])}"
