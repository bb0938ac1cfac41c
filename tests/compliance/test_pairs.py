"""Sentences in pairs: what the law forbids is found, what only resembles it passes. Each was once judged wrongly."""

import pytest

from backend.compliance.guard import check
from backend.compliance.rules import default_rules

BANK = "ПАО «Примербанк»"
RISK = "Оценивайте свои финансовые возможности и риски"
STUDY = "Изучите все условия кредита (займа): primerbank.example/cash"


def found(text, group, bank, *, channel="sms", rules=None) -> set[str]:
    """Rules that forbid or warn, without a card."""
    return {f.rule for f in check(text, card=None, group=group, channel=channel, bank=bank, rules=rules).findings}


UNLAWFUL = [
    ("SEC-CODES", "debit_card", "Назовите номер вашей карты и срок её действия"),
    ("SEC-CODES", "debit_card", "Нажмите на ссылку и подтвердите карту"),
    ("SEC-CODES", "deposit", "Продиктуйте данные карты сотруднику"),
    ("CRED-COOLING", "consumer_credit", "Получите деньги в день обращения"),
    ("CRED-COOLING", "consumer_credit", "Деньги на карте в тот же день"),
    ("CRED-COOLING", "consumer_credit", "Деньги на карте уже сегодня"),
    ("CRED-APPROVAL", "consumer_credit", "Дадим кредит, даже если отказали другие банки"),
    ("CRED-APPROVAL", "consumer_credit", "Утверждаем наверняка: точно утвердим вашу заявку"),
    ("DEP-INSURED", "deposit", f"Вклады в {BANK} защищены государством"),
    ("DEP-INSURED", "investment", "Деньги на брокерском счёте защищены государством"),
    ("DEP-INSURED", "debit_card", "Деньги на карте застрахованы на любую сумму"),
    ("DEP-INSURED", "salary", "Зарплата на счёте застрахована полностью"),
    ("FIN-GUARANTEE", "investment", "Вы ничем не рискуете"),
    ("FIN-GUARANTEE", "life_insurance", "Накопительное страхование жизни: полная защита капитала"),
    ("FIN-GUARANTEE", "investment", "Утройте капитал"),
    ("FIN-GUARANTEE", "trust", "Портфель принесёт вам доход уже в первый год"),
    ("FIN-GUARANTEE", "metal", "Золото всегда растёт в цене"),
    ("FIN-GUARANTEE", "metal", "Цены на металл постоянно растут"),
    ("PD-SPECIAL", "insurance", "Вы принимаете лекарства каждый день"),
    ("PD-SPECIAL", "debit_card", "Для будущих мам"),
    ("PD-SPECIAL", "debit_card", "После вашей операции важен покой"),
    ("PD-SPECIAL", "debit_card", "Вы перенесли инфаркт"),
    ("ADV-SUPERLATIVE", "debit_card", "Дешевле не найти"),
    ("ADV-SUPERLATIVE", "debit_card", "Первая карта в стране"),
    ("ADV-COMPARE", "debit_card", "Мы обогнали крупные банки"),
    ("ADV-COMPARE", "debit_card", "Выгоднее, чем в других банках"),
    ("ADV-COMPARE", "deposit", "Ставка выше, чем в других"),
    ("ADV-PRESSURE", "deposit", "Последняя возможность"),
    ("ADV-PRESSURE", "deposit", "Откройте вклад, пока не поздно"),
    ("CRED-STUDY", "credit_card", f"Кредитная карта {BANK}: лимит до 1 000 000 ₽ и кешбэк за покупки. {RISK}"),
    ("CRED-PSK", "credit_card", f"{BANK}: карта с кешбэком за покупки в кафе и ставкой от 29,8 % годовых. {RISK}"),
    ("CRED-STUDY", "credit_card", f"{BANK}: кешбэк за покупки, обслуживание 1 190 ₽ в год. {RISK}"),
    ("CRED-STUDY", "consumer_credit", f"Кредит до 5 млн наличными. {BANK}. {RISK}"),
    ("CRED-STUDY", "consumer_credit", f"Кредит до 5 000 000 на любые цели. {BANK}. {RISK}"),
    ("CRED-STUDY", "consumer_credit", f"{BANK}: лимит 300 000 в приложении. {RISK}"),
    ("FIN-PARTIAL", "deposit", f"Вклад {BANK} от 30 000 — откройте в приложении"),
    ("ADV-CASHBACK", "debit_card", f"Дебетовая карта {BANK}: кешбэк 100 % за первую поездку в такси"),
    ("ADV-CASHBACK", "debit_card", "Кешбэк сто процентов за кофе"),
    ("ADV-FREE", "debit_card", "Переводы без комиссии по номеру телефона"),
    ("ADV-FREE", "debit_card", "Переводы по номеру телефона бесплатно"),
    ("ADV-FREE", "debit_card", "Бесплатное обслуживание, поддержка 24/7"),
    ("ADV-FREE", "debit_card", f"Карта от {BANK} с бесплатным обслуживанием и кешбэком за покупки"),
    ("ADV-FREE", "salary", "Бесплатный расчётный счёт"),
    ("ADV-CASHBACK", "debit_card", "Кешбэк 5 % за покупки в кафе, лимиты задаёте сами"),
    ("ADV-CASHBACK", "debit_card", "Максимум выгоды: кешбэк 5 % в кафе"),
    ("ADV-CASHBACK", "debit_card", "Кешбэк 5 % в кафе, снятие наличных — не более 300 000 ₽ в месяц"),
    (
        "CRED-PSK",
        "consumer_credit",
        f"Полная стоимость кредита (займа) от 18,9 % годовых, ставка от 18,4 % годовых. {STUDY}. {RISK}",
    ),
    ("CRED-PSK", "consumer_credit", f"Полная стоимость кредита (займа) от 18,9 % годовых. {STUDY}. {RISK}"),
    ("PD-EXPOSE", "debit_card", "Карта едет на ваш адрес: Москва, ул. Лесная, дом 5"),
]
LAWFUL = [
    ("SEC-CODES", "debit_card", "Для перевода укажите номер карты получателя"),
    ("SEC-CODES", "debit_card", "Ввести данные карты не потребуется"),
    ("SEC-CODES", "deposit", "Прислать вам ссылку на расчёт?"),
    ("CRED-COOLING", "consumer_credit", "Подайте заявку уже сегодня"),
    ("CRED-COOLING", "consumer_credit", "Ответ на заявку в тот же день"),
    ("CRED-APPROVAL", "consumer_credit", "Даже если банк откажет, заявку можно подать снова"),
    ("DEP-INSURED", "debit_card", "Деньги на карте застрахованы в пределах 1,4 млн ₽ с процентами"),
    ("DEP-INSURED", "premium", "В поездках вы застрахованы"),
    ("FIN-GUARANTEE", "investment", "Не бывает вложений без риска"),
    ("FIN-GUARANTEE", "investment", "Инвестиций без риска не существует"),
    ("FIN-GUARANTEE", "metal", "Золото не всегда растёт в цене"),
    ("FIN-GUARANTEE", "investment", "Утром деньги, вечером отчёт: интерес к бумагам понятен"),
    ("PD-SPECIAL", "debit_card", "Все ваши операции на одном экране"),
    ("PD-SPECIAL", "debit_card", "Уведомление приходит сразу после операции"),
    ("PD-SPECIAL", "debit_card", "Подарок для мамы и перевод другу"),
    ("PD-SPECIAL", "debit_card", "Вы перенесли дату платежа"),
    ("PD-EXPOSE", "debit_card", "Курьер привезёт карту на ваш адрес с 10 до 20 часов"),
    ("ADV-SUPERLATIVE", "deposit", "Отложите на самую важную цель"),
    ("ADV-SUPERLATIVE", "debit_card", "Отпуск с самыми близкими"),
    ("ADV-SUPERLATIVE", "mortgage", "Первая квартира в городе"),
    ("ADV-COMPARE", "debit_card", "В отпуске трат больше, чем в обычные дни"),
    ("ADV-COMPARE", "debit_card", "Дома считать спокойнее, чем в банке"),
    ("ADV-PRESSURE", "savings", "Проценты приходят в последний день месяца"),
    ("ADV-PRESSURE", "deposit", "Счёт можно закрыть в любой день"),
    ("ADV-PRESSURE", "salary", "Зарплата пришла — счета закрыты"),
    ("FIN-PARTIAL", "life_insurance", "Взнос один, ежемесячно платить не нужно"),
    ("CRED-STUDY", "credit_card", f"{BANK}: кешбэк 5 % в кафе, не более 3 000 ₽ в месяц. {RISK}"),
    ("CRED-PSK", "credit_card", f"{BANK}: вернём 5 % кешбэком за такси. {RISK}"),
    ("CRED-STUDY", "consumer_credit", f"{BANK}: нас выбрали 5 млн клиентов и 18 000 компаний. {RISK}"),
    ("FIN-PARTIAL", "deposit", f"{BANK}: вклад открывают в 1 000 отделений, от 5 000 офисов рядом"),
    ("FIN-PARTIAL", "deposit", f"{BANK}: на 100 % онлайн, стопроцентно удобно"),
    ("ADV-FREE", "debit_card", "Звонок по России бесплатный"),
    ("ADV-FREE", "debit_card", "Телефон 8 800 000-00-00 (бесплатно)"),
    ("ADV-FREE", "debit_card", "Бесплатная горячая линия"),
    ("ADV-FREE", "debit_card", "Обслуживание бесплатно при покупках от 10 000 ₽ в месяц"),
    ("ADV-CASHBACK", "debit_card", "Кешбэк 5 % в кафе, до 3 000 ₽ в месяц"),
    ("CRED-PSK", "consumer_credit", f"Полная стоимость кредита (займа)\nот 18,9 % до 34,5 %. {STUDY}. {RISK}"),
    ("CRED-PSK", "consumer_credit", f"Полная стоимость кредита (займа) 18,9 % годовых. Ставка 18,4 %. {STUDY}. {RISK}"),
]


@pytest.mark.parametrize(("rule", "group", "text"), UNLAWFUL)
def test_what_the_law_forbids_is_found(rule, group, text, bank):
    assert rule in found(text, group, bank)


@pytest.mark.parametrize(("rule", "group", "text"), LAWFUL)
def test_what_only_resembles_it_passes(rule, group, text, bank):
    assert rule not in found(text, group, bank)


@pytest.mark.parametrize(
    ("answer", "pushed"),
    [
        ("хорошо, больше не перезвоним.", False),
        ("спасибо, не повторите предложение.", False),
        ("поблагодарите и перезвоните завтра.", True),
        ("повторите предложение.", True),
    ],
)
def test_a_refusal_is_final(answer, pushed, bank):
    text = f"Здравствуйте! Анна, {BANK}. При отказе: {answer}"
    assert ("CALL-REFUSE" in found(text, "deposit", bank, channel="telemarketing")) is pushed


FREE = f"{BANK}: пакет за 2 490 ₽ в месяц и снятие наличных без комиссии"
SECRET = f"{BANK}: ваш долг 45 000 ₽, новый кредит под 18 % годовых. {RISK}"


@pytest.mark.parametrize("change", [{"severity": "warn"}, {"enabled": False}])
@pytest.mark.parametrize(
    ("special", "group", "text", "general"),
    [
        ("ADV-FREE", "premium", FREE, "FIN-PARTIAL"),
        ("SEC-BANK", "consumer_credit", SECRET, "CRED-PSK"),
        ("SEC-BANK", "consumer_credit", SECRET, "CRED-STUDY"),
    ],
)
def test_a_general_rule_yields_only_to_one_in_force_and_no_softer(change, special, group, text, general, bank):
    assert general not in found(text, group, bank)
    assert general in found(text, group, bank, rules=default_rules().changed(special, **change))
