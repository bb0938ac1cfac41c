"""Traits of the success score in the words of the page."""

from collections.abc import Callable, Mapping

from model.brief import FACTS

TONES: Mapping[str, str] = {"neutral": "нейтральный", "friendly": "дружеский", "formal": "официальный"}
OWN: Mapping[str, str] = {
    "length": "длинный текст",
    "length:over": "длиннее обычного",
    "length:far over": "намного длиннее обычного",
    "length:short": "намного короче обычного",
    "sentences": "много предложений",
    "longest sentence": "есть длинное предложение",
    "mean sentence": "длинные предложения",
    "word length": "длинные слова",
    "addresses": "часто обращается к клиенту",
    "commas": "много запятых",
    "mark:question": "есть вопрос",
    "mark:exclamation": "есть восклицание",
    "mark:dash": "есть тире",
    "mark:colon": "есть двоеточие",
    "mark:quotes": "есть кавычки",
    "mark:comma": "есть запятая",
    "slot:app": "зовёт в приложение",
    "slot:site": "зовёт на сайт",
    "slot:phone": "зовёт позвонить",
    "slot:agent": "называет говорящего",
    "rank:fact_expressed": "показывает факт о клиенте",
    "rank:length_fit": "заполняет место на канале",
    "rank:warnings": "предупреждения проверки закона",
    "rank:strangeness": "непривычные сочетания слов",
    "rank:oddities": "неровные стыки",
    "rank:mean_logprob": "модель уверена в словах",
    "rank:min_logprob": "нет слов наугад",
    "fact:none": "без факта о клиенте",
    "benefit:": "польза не задана",
}
KINDS: Mapping[str, Callable[[str], str]] = {
    "word": lambda stem: f"слово «{stem}…»",
    "product": lambda code: f"продукт {code}",
    "channel": lambda code: f"канал {code}",
    "tone": lambda code: f"тон {TONES.get(code, code)}",
    "fact": lambda code: f"факт: {FACTS[code].words}" if code in FACTS else f"факт {code}",
    "benefit": lambda tag: f"польза {tag}",
}


def in_words(trait: str) -> str:
    """A trait for the page; one that has no words stands for itself."""
    if trait in OWN:
        return OWN[trait]
    kind, _, value = trait.partition(":")
    return KINDS[kind](value) if kind in KINDS else trait
