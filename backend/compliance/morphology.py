"""The one morphological analyser of the process: its dictionary is large, so it is loaded once and only on need."""

from functools import lru_cache

import pymorphy3


@lru_cache(maxsize=1)
def analyser() -> pymorphy3.MorphAnalyzer:
    """Shared by the lexicons and the numerals."""
    return pymorphy3.MorphAnalyzer()
