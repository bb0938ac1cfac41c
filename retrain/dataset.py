"""Labels, reasons and corrected texts as training data, frozen for one run under a hash.

One example for each text and brief: the last judgement of each text counts, and where equal texts were judged
differently the majority of its side does. A seventh of the clients is gold: their texts are never trained on, in no
run, since the side of a client follows from the hash of its id. Gold texts are the gate's measure.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from backend.compliance.service import Bank, Card, fill_slots
from backend.learning.success import Reading
from backend.offers.service import Labelled, is_gold
from model.brief import Brief
from model.corpus.form import has_form
from model.evaluation.words import invents

SUCCESS = "success"
OF_THE_CHOICE = frozenset({"wrong_fact"})
"""Reasons that find no fault with the wording: the text would have been right for another client."""


@dataclass(frozen=True)
class Example:
    """One judged text. `body` is the model's own text with its slots, `corrected` how a reviewer would have put it."""

    offer_id: str
    brief: Brief
    facts: tuple[str, ...]
    """Codes of all that was known of the client; the brief has those that the text builds on."""
    body: str
    success: bool
    gold: bool
    client: str
    """Hash of the client's id, to keep texts of one client together."""
    ranked: Mapping[str, float]
    labelled_at: str
    reasons: tuple[str, ...] = ()
    corrected: str | None = None

    @property
    def badly_written(self) -> bool:
        """Rejected, and not only because it is for somebody else."""
        return not self.success and not (self.reasons and OF_THE_CHOICE.issuperset(self.reasons))

    @property
    def reading(self) -> Reading:
        """The text as the success score reads it."""
        brief = self.brief
        return Reading(
            self.body, brief.product, brief.channel, brief.tone, tuple(brief.facts), brief.benefit, self.ranked
        )


@dataclass(frozen=True)
class Dataset:
    """The examples of one run, the first labelled first, and what was left out or contradicts itself."""

    examples: tuple[Example, ...]
    counts: Mapping[str, int]

    @property
    def training(self) -> list[Example]:
        return [example for example in self.examples if not example.gold]

    @property
    def gold(self) -> list[Example]:
        return [example for example in self.examples if example.gold]

    def hash(self) -> str:
        """SHA-256 over the examples in their order: names exactly what a version learnt from."""
        return hashlib.sha256("\n".join(map(_line, self.examples)).encode()).hexdigest()

    def summary(self) -> dict[str, Any]:
        """Counts for the page, and the hash."""
        examples = self.examples
        return {
            "labels": len(examples),
            "success": sum(example.success for example in examples),
            "failure": sum(not example.success for example in examples),
            "corrected": sum(example.corrected is not None for example in examples),
            "train": len(self.training),
            "gold": len(self.gold),
            "gold_clients": len({example.client for example in self.gold}),
            "offerings": len(_offerings(examples)),
            "gold_offerings": len(_offerings(self.gold)),
            **self.counts,
            "hash": self.hash(),
        }


def _offerings(examples: Iterable[Example]) -> set[tuple[str, str]]:
    """Products and channels that the examples are about."""
    return {(example.brief.product, example.brief.channel) for example in examples}


def freeze(rows: Iterable[Labelled], bank: Bank, cards: Mapping[str, Card]) -> Dataset:
    """The data set of a run. `cards` by product; texts of products that are known no more are dropped."""
    counts = Counter(relabelled=0, contradictions=0, repeated=0, dropped=0, unusable_corrections=0)
    groups: dict[tuple[str, Brief, bool], list[Example]] = {}
    for row in rows:
        counts["relabelled"] += row.contradictions > 0
        example = _example(row, bank, cards.get(row.product), counts)
        if example is not None:
            groups.setdefault((example.body, example.brief, example.gold), []).append(example)
    merged = [_merged(group, counts) for group in groups.values()]
    return Dataset(tuple(_apart(merged, counts)), dict(counts))


def _mark(client_id: str) -> str:
    return hashlib.sha256(client_id.encode()).hexdigest()


def _example(row: Labelled, bank: Bank, card: Card | None, counts: Counter[str]) -> Example | None:
    if row.body is None or not row.brief or card is None:
        counts["dropped"] += 1
        return None
    brief = Brief(**{**row.brief, "facts": tuple(row.brief["facts"]), "comment": ""})
    corrected = None
    if row.corrected_text is not None:
        corrected = usable_correction(row.corrected_text, row, brief, bank, card)
        counts["unusable_corrections"] += corrected is None
    client = _mark(row.client_id)
    return Example(
        offer_id=str(row.offer_id),
        brief=brief,
        facts=row.facts,
        body=row.body,
        success=row.label == SUCCESS,
        gold=is_gold(row.client_id),
        client=client[:16],
        ranked=row.ranked,
        labelled_at=row.labelled_at.isoformat(),
        reasons=row.reasons,
        corrected=corrected,
    )


def _merged(group: Sequence[Example], counts: Counter[str]) -> Example:
    """Equal texts for equal briefs on one side: the judgement of the majority, of the last one in a tie.

    Its reasons are the last that were given for it; whoever corrected the text last has said how it should be put.
    """
    last, successes = group[-1], sum(example.success for example in group)
    counts["repeated"] += len(group) - 1
    counts["contradictions"] += 0 < successes < len(group)
    tie = 2 * successes == len(group)
    success = last.success if tie else 2 * successes > len(group)
    reasons = next(example.reasons for example in reversed(group) if example.success == success)
    corrected = next((example.corrected for example in reversed(group) if example.corrected is not None), None)
    return replace(last, success=success, reasons=reasons, corrected=corrected)


def _apart(examples: Sequence[Example], counts: Counter[str]) -> list[Example]:
    """Without training examples whose very text is gold: what was learnt by heart cannot be measured."""
    gold = {example.body for example in examples if example.gold}
    kept = [example for example in examples if example.gold or example.body not in gold]
    counts["dropped"] += len(examples) - len(kept)
    return sorted(kept, key=lambda example: (example.labelled_at, example.offer_id))


# --- corrected texts -------------------------------------------------------------------------------------------------


def usable_correction(corrected: str, row: Labelled, brief: Brief, bank: Bank, card: Card) -> str | None:
    """The corrected text as the model might have written it, or None: it has figures, another form, or no bank."""
    filled = fill_slots(row.body or "", bank, card)
    body = with_slots(without_blocks(corrected, row.text, filled), bank)
    fits = "{bank}" in body and has_form(body, brief.product, brief.channel)
    return body if fits and not invents(body) else None


def without_blocks(corrected: str, text: str, body: str) -> str:
    """The corrected text without what the composer had added to the original `body` to make it `text`."""
    for kind, _, _, start, end in SequenceMatcher(None, body, text, autojunk=False).get_opcodes():
        added = text[start:end].strip(" .\n")
        if kind == "insert" and len(added) > 3:
            corrected = corrected.replace(added, "")
    return re.sub(r"[ \t]+(?=\n|$)|(?<=[.!?…]) ?\.(?=\s|$)|\n+$", "", corrected).strip()


def with_slots(text: str, bank: Bank) -> str:
    """The text with the bank's own values as slots again, the longest first, since one may hold another."""
    values = {bank.legal_name: "{bank}", bank.app: "{app}", bank.site: "{site}", bank.phone: "{phone}"}
    values |= {bank.agent: "{agent}"} | dict.fromkeys(bank.names, "{bank}")
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = re.sub(rf"(?<![\w{{]){re.escape(value)}(?![\w}}])", values[value], text)
    return text


# --- files -----------------------------------------------------------------------------------------------------------


def _line(example: Example) -> str:
    return json.dumps(asdict(example), ensure_ascii=False, sort_keys=True)


def save(dataset: Dataset, path: Path) -> None:
    """Write the counts and the examples, a line each, whole or not at all."""
    part = path.with_suffix(".part")
    lines = [json.dumps(dict(dataset.counts)), *map(_line, dataset.examples)]
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(path)


def load(path: Path) -> Dataset:
    """What `save` wrote. Raises ValueError, KeyError or TypeError for anything else."""
    counts, *lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")  # texts may hold other line separators
    return Dataset(tuple(_read(json.loads(line)) for line in lines), json.loads(counts))


def _read(stored: dict[str, Any]) -> Example:
    brief = Brief(**{**stored["brief"], "facts": tuple(stored["brief"]["facts"])})
    lists = {name: tuple(stored[name]) for name in ("facts", "reasons")}
    return Example(**{**stored, "brief": brief, **lists})
