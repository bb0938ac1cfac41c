"""No gate is shut before its own pattern: each wording that a pattern knows has a word that lets its detector run."""

import re
from collections.abc import Iterator
from re import _constants as ops  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

import pytest

from backend.compliance.detectors import claims, contact, credit, personal, promises
from backend.compliance.lexicon import lexicon

ANY = "*"
GATES = [
    (promises._GUARANTEE, {"guarantee", "promise"}),
    (promises._INSURED, {"insured"}),
    (promises._INSURED_BY_STATE, {"insured"}),
    (promises._DEVELOPMENT, {"development"}),
    (promises._ASSETS, {"fund"}),
    (claims._SUPERLATIVE, {"superlative", "_number_sign"}),
    (claims._COMPARE, {"rival"}),
    (claims._GOV, {"gov", "gov_soft"}),
    (claims._STATE_CAPITAL, {"state_capital"}),
    (claims._PRESSURE, {"pressure"}),
    (claims._CLAIM, {"claim"}),
    (claims._PROMO, {"promo"}),
    (credit._APPROVAL, {"approval"}),
    (credit._COOLING, {"fast"}),
    (credit._FREE_RATE_WORDS, {"credit_terms"}),
    (credit._CONDITION_WORDS, {"credit_terms", "free"}),
    (personal._HEALTH, {"health"}),
    (personal._BELIEF, {"belief"}),
    (personal._INFERRED, {"inferred"}),
    (personal._CODES, {"codes"}),
    (contact._PUSHING, {"refusal"}),
]


@pytest.mark.parametrize(("pattern", "tags"), GATES)
def test_every_wording_opens_its_gate(pattern, tags):
    shut = [sample for sample in samples(_parser.parse(pattern.pattern)) if not is_open(sample, tags)]
    assert shut == []


def samples(tree: Any) -> list[str]:
    """Wordings in which each branch of the pattern is taken at least once; a star stands for any letters."""
    made = [""]
    for op, argument in tree:
        parts = list(dict.fromkeys(_parts(op, argument)))
        made = [head + parts[0] for head in made] + [made[0] + part for part in parts[1:]]
    return made


def _parts(op: Any, argument: Any) -> Iterator[str]:
    if op is ops.LITERAL:
        yield chr(argument)
    elif op is ops.IN:
        kind, value = argument[0]
        yield chr(value) if kind is ops.LITERAL else " " if value is ops.CATEGORY_SPACE else ANY
    elif op in {ops.MAX_REPEAT, ops.MIN_REPEAT}:
        least, _, repeated = argument
        inner = samples(repeated)
        if not least:
            yield " " if _is_gap(*repeated[0]) else ""
        yield from inner if least or repeated[0][0] is ops.SUBPATTERN else ()
    elif op is ops.SUBPATTERN:
        yield from samples(argument[3])
    elif op is ops.BRANCH:
        for branch in argument[1]:
            yield from samples(branch)
    else:
        yield ""


def _is_gap(op: Any, argument: Any) -> bool:
    """A space, a class that may be one, or anything but the end of the sentence."""
    if op is ops.LITERAL:
        return bool(argument == ord(" "))
    return op is ops.IN and argument[0][0] in {ops.NEGATE, ops.CATEGORY} and argument[0][1] is not ops.CATEGORY_WORD


def is_open(sample: str, tags: set[str]) -> bool:
    """Has one of the words, or what its letters begin, one of the tags?"""
    if "_number_sign" in tags and re.search("[№#]", sample):
        return True
    stems = [stem for word in re.findall(r"[а-яa-z*0-9]+", sample) if (stem := word.split(ANY)[0])]
    return any(lexicon().tags(stem) & tags or (len(stem) > 2 and _begins(stem, tags)) for stem in stems)


def _begins(stem: str, tags: set[str]) -> bool:
    return any(form.startswith(stem) and known & tags for form, known in lexicon()._forms.items())
