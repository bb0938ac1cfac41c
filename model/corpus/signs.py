"""Derives `signs.yaml`: for each shown fact the word stems by which a text can be seen to express it.

Stems are taken from the openings written for the fact, the most telling first, until nearly all of them are covered.
A stem that is common in openings of other facts tells little and is left out.
Run as: python -m model.corpus.signs
"""

from collections import Counter

from model.brief import FACTS, PRODUCTS, file_code
from model.corpus.banks import HERE, common_bank, name_stems, phrase_bank, stems, whole_texts

SHORT = ("SMS", "MOB_BANNER", "PUSH")
COVER = 0.98
LIFT = 4.0
"""How many times likelier a stem must be in openings of its fact than in those of all the others."""


def openings_by_fact() -> dict[str, list[str]]:
    """Every hand-written phrase that was made for one fact: openings, titles, subjects, starts of whole texts."""
    found: dict[str, list[str]] = {code: [] for code, fact in FACTS.items() if fact.shown}
    common = common_bank()
    for code, phrases in found.items():
        for tone in common["openings"].get(code, {}).values():
            phrases += tone
        for section in ("push_titles", "subjects", "preheaders"):
            phrases += common[section].get(code, [])
        for product in PRODUCTS:
            phrases += phrase_bank(product).openings.get(code, [])
            phrases += [t.text for t in whole_texts(product) if t.facts == (code,) and t.channel in SHORT]
    return found


def derive() -> dict[str, list[str]]:
    """Stems by fact: greedy cover of the fact's phrases by stems of enough lift."""
    found = openings_by_fact()
    with_stems = {code: [stems(p) for p in phrases] for code, phrases in found.items()}
    counts = {code: Counter(s for p in phrases for s in p) for code, phrases in with_stems.items()}
    sizes = {code: len(phrases) for code, phrases in with_stems.items()}
    everything, total = sum(counts.values(), Counter()), sum(sizes.values())
    signs: dict[str, list[str]] = {}
    for code, phrases in with_stems.items():
        others = total - sizes[code]
        lift = {s: (n / sizes[code]) / ((everything[s] - n + 0.5) / others) for s, n in counts[code].items() if n > 1}
        left, chosen = list(phrases), []
        while len(left) > (1 - COVER) * sizes[code]:
            gain = Counter(s for p in left for s in p if lift.get(s, 0) >= LIFT)
            if not gain:
                break
            best = max(gain, key=lambda s: (gain[s] * min(lift[s], 20.0), s))
            chosen.append(best)
            left = [p for p in left if best not in p]
        signs[code] = chosen
        covered = 1 - len(left) / sizes[code]
        print(f"{code}: {len(chosen)} stems cover {covered:.0%} of {sizes[code]}: {' '.join(chosen[:9])}")
    return signs


def main() -> None:
    """Write the file."""
    facts = [f"  {code}: [{', '.join(found)}]\n" for code, found in derive().items()]
    products = []
    for product in PRODUCTS:
        products.append(f"  {file_code(product)}: [{', '.join(sorted(name_stems(product)))}]\n")
    text = "# Word stems by which a text can be seen to express a fact; derived by model.corpus.signs.\n"
    text += "facts:\n" + "".join(facts)
    text += "# Stems of the product's own names: in a text about it they say nothing about the client.\n"
    text += "products:\n" + "".join(products)
    (HERE / "signs.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
