"""Whether a phrase keeps its tone, by words that belong to another one.

The lists are narrow on purpose: a hit is a plain miss of tone, no hit proves little.
"""

import re

_TOO_WARM = re.compile(
    r"\b(?:давайте|кстати|смотрите|ура|привет\b|приглядитесь|а ещ[её]|словечк|минутк|чашк|уютн)",
    re.IGNORECASE,
)
_TOO_STIFF = re.compile(
    r"\b(?:уважаем|разрешите|позвольте|просим|надлежащ|настоящим|рассмотреть возможность|вашему вниманию|"
    r"изложен|приглашаем|предлагаем вам|ознакомиться|благоволите)",
    re.IGNORECASE,
)


def keeps_tone(text: str, tone: str) -> bool:
    """A formal text is not chatty, a friendly one not stiff; neutral is what is neither, so anything passes."""
    if tone == "formal":
        return not _TOO_WARM.search(text)
    return tone != "friendly" or not _TOO_STIFF.search(text)
