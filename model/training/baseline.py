"""The honest baseline: one slot-filling template per channel, filled from the product's bank.

This is what a marketer does without a language model: a fixed skeleton, the product's name and first benefit, and for
the client's fact a fixed opening.
"""

from itertools import product

from model.brief import Brief
from model.corpus.assemble import sentence, upper_first
from model.corpus.banks import couplets, phrase_bank
from model.corpus.form import has_form

SKELETONS = {
    "SMS": "{open} {name} {bank}: {benefit}. Подробнее: {site}",
    "PUSH": "{title}\n{name} {bank}: {benefit}. Откройте приложение {app}.",
    "EMAIL": "Тема: {name}\nПрехедер: Коротко о том, чем это может быть вам полезно и с чего начать\n\n"
    "Здравствуйте!\n\n{open} {name} {bank}: {benefit}. {second} {third} "
    "Решение остаётся за вами, а на вопросы ответят наши специалисты."
    "\n\nПодробности — на сайте {site}.\n\nС уважением, {bank}",
    "TMO": "Здравствуйте! Меня зовут {agent}, {bank}. Удобно говорить?\n{open} {name} {bank}: {benefit}.\n"
    "Рассказать подробнее?\nПри отказе: Спасибо за ваше время. Больше не побеспокоим.",
    "KND": "Здравствуйте! Меня зовут {agent}, у меня доставка из {bank}.\n{open} {name} {bank}: {benefit}.\n"
    "Оставить вам буклет?\nПри отказе: Спасибо за встречу и всего доброго.",
    "MOB_BANNER": "{open} {name} {bank}. Подробнее",
    "OFFICE_BANNER": "{open} {name} {bank}: {benefit}. Рассказать?",
    "MOBILE_CHAT": "{open} {name} {bank}: {benefit}. Рассказать подробнее?",
}


def slot_filling(brief: Brief) -> str:
    """The baseline's text for a brief, with slots: the first opening and wording that fit the channel's length."""
    bank = phrase_bank(brief.product)
    fact = brief.facts[0] if brief.facts else ""
    openings = [opening.text for opening in bank.openings.get(fact) or bank.openings["any"]]
    lead = brief.benefit or next(iter(bank.benefits))
    others = [benefit.wordings[0] for tag, benefit in bank.benefits.items() if tag != lead]
    name = next(n for n in bank.names["nom"] if "{bank}" not in n)
    titles = {couplet.fact: couplet.title for couplet in couplets(brief.product)}
    parts = {
        "{title}": titles.get(fact) or titles[""],
        "{name}": upper_first(name),
        "{second}": sentence(others[0]),
        "{third}": sentence(others[1]),
    }
    drafts = []
    for opening, wording in product(openings, bank.benefits[lead].wordings):
        text = SKELETONS[brief.channel]
        for slot, value in (parts | {"{open}": sentence(opening), "{benefit}": wording}).items():
            text = text.replace(slot, value)
        if has_form(text, brief.product, brief.channel):
            return text
        drafts.append(text)
    return drafts[0]
