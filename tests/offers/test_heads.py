"""Titles that the model lost are replaced by a copywriter's; good ones stay."""

from backend.offers.heads import mended, shorter
from model.brief import Brief, preheaders, shows_facts, titles, titles_of_fact
from model.corpus.banks import couplets
from model.fluency import strangeness

PUSH = Brief("CC", "PUSH", "neutral", ("ev_trip",), "travel_booking")
BODY = "С кредитной картой {bank} удобно бронировать отели."


def test_a_good_title_stays():
    good = f"{titles(PUSH)[0]}\n{BODY}"
    assert mended(good, PUSH, strangeness) == good


def test_a_lost_title_becomes_a_copywriters_and_the_same_each_time():
    lost = f"Квитанций и реквизитами чемоданом\n{BODY}"
    title, body = mended(lost, PUSH, strangeness).split("\n")
    assert title in titles(PUSH)
    assert body == BODY
    assert mended(lost, PUSH, strangeness) == f"{title}\n{body}"


def test_a_title_that_is_said_again_below_is_replaced():
    shopping = Brief("CC", "PUSH", "neutral", ("shops_often",), "cashback")
    title = titles(shopping)[0]
    again = f"{title}\n{title}: оформите кредитную карту {{bank}}."
    assert mended(again, shopping, lambda _: 0.0).split("\n")[0] != title


def test_a_preheader_does_not_say_the_subject_again():
    heads = "Тема: Билеты и отели одной картой\nПрехедер: Отели и билеты оплачивают одной картой"
    mail = f"{heads}\n\nЗдравствуйте!\n\n{BODY}"
    brief = Brief("CC", "EMAIL", "neutral", ("ev_trip",), "travel_booking")
    subject, preheader = (line.split(": ")[1] for line in mended(mail, brief, lambda _: 0.0).split("\n")[:2])
    assert subject == "Билеты и отели одной картой"
    assert preheader in preheaders("CC", "travel_booking")


def test_the_fact_is_not_lost_with_the_title_that_alone_shows_it():
    """Of thirty bodies without a word of driving, each keeps a title that has one."""
    driving = Brief("CC", "PUSH", "neutral", ("drives",), "own_limits")
    bodies = [f"Карта {{bank}} пригодится {n} раз." for n in range(30)]
    assert not any(shows_facts(driving, body) for body in bodies)
    assert not all(shows_facts(driving, title) for title in titles(driving)), "else nothing could be lost"
    lost = "Машиной реквизитами квитанций"
    assert all(shows_facts(driving, mended(f"{lost}\n{body}", driving, strangeness)) for body in bodies)


def test_a_fact_of_which_no_usual_title_tells_gets_one_that_was_written_for_it():
    refuelling = Brief("CC", "PUSH", "neutral", ("fuels_often",), "phone_payment")
    assert titles(refuelling), "others are at hand"
    assert not any(shows_facts(refuelling, title) for title in titles(refuelling)), "but none tells of the fact"
    title, _ = mended(f"Бензином квитанций реквизиты\n{BODY}", refuelling, strangeness).split("\n")
    assert title in titles_of_fact(refuelling)
    assert shows_facts(refuelling, title)


def test_both_heads_of_a_mail():
    brief = Brief("CC", "EMAIL", "neutral", ("ev_trip",), "travel_booking")
    mail = f"Тема: Забора не с дивана\nПрехедер: Карту терминов и чемоданом\n\nЗдравствуйте!\n\n{BODY}"
    subject, preheader, *rest = mended(mail, brief, strangeness).split("\n")
    assert subject.removeprefix("Тема: ") in titles(brief)
    assert preheader.removeprefix("Прехедер: ") in preheaders("CC", "travel_booking")
    assert rest == ["", "Здравствуйте!", "", BODY]


def test_a_couplet_gets_the_title_that_was_written_for_it():
    couplet = next(c for c in couplets("CC") if c.fact == "ev_trip")
    other = next(title for title in titles(PUSH) if title != couplet.title)
    assert mended(f"{other}\n{couplet.text} Подробнее на {{site}}", PUSH, strangeness).split("\n")[0] == couplet.title
    mail = f"Тема: {other}\nПрехедер: Ждём вас на {{site}}\n\nЗдравствуйте!\n\n{couplet.text}\n\nВсего доброго!"
    assert mended(mail, Brief("CC", "EMAIL"), strangeness).split("\n")[0] == f"Тема: {couplet.title}"


def test_nothing_to_mend():
    sms = Brief("CC", "SMS")
    assert mended("Квитанций\nи реквизитами", sms, strangeness) == "Квитанций\nи реквизитами"
    assert mended("Одна строка", PUSH, strangeness) == "Одна строка"
    nobody = Brief("CC", "PUSH", "neutral", (), "")
    assert mended(f"Квитанций и реквизитами\n{BODY}", nobody, strangeness).endswith(BODY)


def test_a_text_that_is_too_long_loses_its_call_and_then_its_title() -> None:
    push = "Без поездки\nЕхать никуда не нужно. Карту {bank} привезут домой. Оставьте заявку."
    assert list(shorter(push, "PUSH")) == [
        "Без поездки\nЕхать никуда не нужно. Карту {bank} привезут домой.",
        "Ехать никуда не нужно\nКарту {bank} привезут домой.",
    ]
    assert list(shorter("Карту {bank} привезут. Позвоните.", "SMS")) == ["Карту {bank} привезут."]
    assert not list(shorter("Карту {bank} привезут.", "SMS"))
    assert not list(shorter("Карту привезут. Позвоните.", "SMS")), (
        "a text that does not name the bank is another's fault"
    )
    assert not list(shorter(push, "MOBILE_CHAT"))
