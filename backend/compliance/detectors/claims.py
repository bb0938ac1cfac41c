"""Claims of advantage: superlatives, comparisons, approval from above, pressure, prizes (38-ФЗ ст. 5, 9)."""

import re
from collections.abc import Iterator

from backend.compliance.context import Context, Hit
from backend.compliance.detectors.wording import denied, negated
from backend.compliance.mask import Mask
from backend.compliance.names import pattern
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_BEST_ENDINGS = r"(?:ий|ая|ее|ие|его|ей|ем|ему|им|ими|их|ую|ею)"
_SUPERLATIVE = re.compile(
    rf"\b(?:наи)?лучш{_BEST_ENDINGS}\b|\b(?:наи)?(?:выгодн|надежн|крупн|сильн|популярн|быстр|богат|щедр"
    rf"|известн|стар|передов)ейш{_BEST_ENDINGS}\b|\b(?:высоч|велич)айш{_BEST_ENDINGS}\b"
    r"|\bсам(?:ый|ая|ое|ые|ого|ой|ых|ую|ым|ыми|ому)-?\s?(?:сам\w+|[а-я]{3,}(?:ый|ий|ой|ая|яя|ое|ее|ые|ие"
    r"|ого|его|ых|их|ую|юю|ым|им|ыми|ими|ому|ему))\b"
    r"|(?:№|#|\bno\.?|\bномер)\s?(?:1(?!\d)|один\b|раз\b)|\bтоп-?\s?1\b(?!\d)"
    r"|\bединственн\w+\b|\bнаиболее [а-я]+(?:ый|ая|ое|ые|ого|ой|ых|ую)\b|\bнепревзойденн\w+"
    r"|\bбеспрецедентн\w+|\bбесподобн\w+|\bнесравненн\w+"
    r"|\bперв(?:ый|ая|ое|ые) (?:банк\w*|место\b|(?:[^.!?\n]{0,30} )?(?:в (?:стране|россии|городе|мире"
    r"|рейтинге|отрасли)|на рынке|среди банков))|\bбанк (?:номер|№) ?(?:1|один)\b|\bмы (?:-\s)?перв\w+\b"
    r"|больше ни у кого|(?:больше|более|еще)\s(?:\w+\s){0,3}нигде"
    r"|нигде (?:больше|еще|в мире|не найд\w+|не встрет\w+|нет)"
    r"|(?:такого|таких|такой|этого)\s(?:\w+\s){0,3}(?:нигде|ни у кого|ни в одном)"
    r"|(?:нет|не имеет|без) (?:аналогов|равных)|аналогов (?:нет|не имеет|не существует|не найти)"
    r"|равных (?:нет|не имеет)|вне конкуренции|без конкурентов"
    r"|\bлидер\w* (?:рынка|отрасли|рейтинг\w*|среди|банковск\w+|по)|\bлидирующ\w+|\bрекордн\w+ (?:ставк"
    r"|доход|процент|услов|выгод|к[еэ]шб)\w*"
    r"|(?:лучше|выше|ниже|выгоднее|дешевле|быстрее) (?:всех|всего на рынке|нет\b|не найти|не найдете"
    r"|не бывает|некуда)|(?:никто|никакой банк|ни один банк)\s(?:\w+\s){0,3}(?:не да\w+|не предлож\w+"
    r"|не предлага\w+)"
    r"|только (?:у нас|мы (?:предлаг|да)\w+|в нашем банке)(?! в (?:прил|чат))|как нигде|чемпион\w*"
)
_NO_SUPERIORITY = re.compile(
    r"\bсам(?:ое|ый|ая|ые|ого|ой|ым|ых|ую|ыми|ому)\s(?:врем\w+|главн\w+|важн\w+|нужн\w+|необходим\w+"
    r"|обычн\w+|разн\w+|прост\w+|дел\w+|начал\w+|перв\w+|ближайш\w+|конец|раз\b|близк\w+|любим\w+|маленьк\w+"
    r"|сложн\w+|неожиданн\w+|долг\w+|интересн\w+|тот|приятн\w+|удивительн\w+|утр\w+|вечер\w*)"
    r"|всего (?:самого )?(?:лучшего|наилучшего|доброго)|к лучшему|из лучших (?:побуждений|чувств)"
    r"|единственн\w+,? что|единственн\w+ (?:документ|вопрос|услови|шаг|действи|визит|подпис)\w*"
    r"|перв(?:ый|ая|ое|ые) (?:взнос|шаг|вклад|кредит|карт|месяц|год|покупк|раз|план|дом|машин|автомобил"
    r"|квартир(?!н)|жиль|комнат|визит|плат)\w*\b(?! (?:в стране|в россии|на рынке))"
)
_PLACE_NUMBER = re.compile(
    r"(?:дом\w{0,2}|отделени\w{1,3}|офис\w{0,3}|корпус\w{0,2}|окн\w{1,2}|школ\w{1,2}|кабинет\w{0,2}"
    r"|договор\w{0,2}|касс\w{1,2}|этаж\w{0,2}|строени\w{1,2}|д\.|стр\.|кв\.|подъезд\w{0,2}|форм\w{1,2}"
    r"|приложени\w{1,2}|цел\w{1,2}|вопрос\w{0,2})\s?$"
)
_CRITERION = re.compile(
    r"по (?:данным|версии|итогам|результатам|оценке|рейтингу|опросу|исследованию)|согласно|рейтинг\w* [\"а-я]"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_OTHERS = (
    r"(?:други[емхй]+|ины[емх]+|остальны[емх]+|прочи[емх]+|чужи[емх]+|любо(?:й|го|м) (?:друго\w+ )?"
    r"|обычны[емх]+|соседн\w+|сосед(?:ей|ями|ям|ях|и))"
)
_BANKS = r"(?:банк\w*|конкурент\w*|кредитн\w+ организаци\w+)"
_COMPARE = re.compile(
    rf"в отличие от [^.!?\n]{{0,30}}\b(?:{_BANKS}|[а-я]+банк\w*)|(?:чем|нежели) (?:\w+ )?(?:в "
    rf"|у )?(?:{_OTHERS}\s)?(?:\w+ )?(?:конкурент\w*|{_OTHERS} ?{_BANKS})"
    rf"|не то,? что (?:в |у )?{_OTHERS}|\bчем у (?:{_OTHERS}|конкурент\w*)"
    rf"|\bчем в (?:{_OTHERS} (?:\w+ )?{_BANKS}|конкурент\w*|"
    r"(?:других|иных|остальных|прочих|чужих|любом другом)\b(?! [а-я]))"
    rf"|(?:{_OTHERS} ?{_BANKS}|конкурент\w*)[^.!?\n]{{0,60}}\b(?:обдира|нажива|обман|граб|завыша|пряч"
    rf"|скрыва|мошенн|навяз"
    rf"|дерут|берут|отказыва|тянут|хуже|дороже|медленн|жадн|не умеют|не могут|не предлож|не дадут|не смог"
    rf"|зарабатыва|врут|лгут|мелк|хам|груб|теря|дозв|игнорир|забыва|водят|тормоз|отмахива|стриг|стриж|за нос)\w*"
    rf"|(?:обдира|нажива|обман|граб|завыша|навяз|мошенн|надоел|устали|жадн"
    rf"|хватит)\w*[^.!?\n]{{0,50}}\b(?:{_OTHERS} ?{_BANKS}|конкурент\w*|[а-я]*банкир\w*)"
    rf"|(?:лучше|выгоднее|выше|ниже|быстрее|дешевле|надежнее|честнее|щедрее|удобнее"
    rf"|проще)(?:,)? (?:чем )?(?:{_OTHERS} ?{_BANKS}|(?:у )?конкурент\w*|рынк\w*|в среднем по рынку)"
    rf"|конкурент\w* (?:\w+ ){{0,3}}(?:отста\w+|завид\w+|позади|не предлож\w+|нервн\w+|отдыха\w+)"
    rf"|(?:обогнали|обходим|опережа\w+|оставили позади) (?:\w+ )?{_BANKS}"
    rf"|(?:нынешн|прежн|теперешн|стар)\w+ банк\w*[^.!?\n]{{0,60}}"
    rf"\b(?:сидит на|тянет|обман|обира|теря|не отвеча|отвечает на жалоб|хам|груб|навяз|некомпетент|не цен)\w*"
    rf"|(?:лучше|выгоднее|выше|ниже|быстрее|дешевле|надежнее|удобнее|проще),? чем у {_OTHERS}"
    rf"|в других (?:банках )?(?:так )?не (?:дадут|предлож\w+)"
)
_COMPARATIVE = re.compile(
    r"\bлучше|выгоднее|быстрее|дешевле|надежнее|\bчем\b|в отличие|обман|обдира|граб|завыша|уходите"
    r"|бросайте|хуже|дороже|\bвместо\b"
)
_ANY_BANK = re.compile(r"\b[А-Я][А-Яа-я-]{1,20}(?:банк|Банк|БАНК)(?:а|е|у|ом|ов|ам|ами|ах|и)?\b")

_AUTHORITY = (
    r"(?:банк\w{0,2} россии|\bцб\b(?: рф)?|центробанк\w*|центральн\w+ банк\w*|правительств\w*"
    r"|президент\w*|министерств\w*|министр\w*|минфин\w*|госдум\w*|регулятор\w*|"
    r"губернатор\w*|\bмэр\w{0,3}\b|мэри[яейию]+|депутат\w*|чиновник\w*|\bфас\b|роспотребнадзор\w*"
    r"|росфинмониторинг\w*|государств(?:о|ом|у|а)\b|власт(?:и|ями|ей|ью))"
)
_APPROVE = (
    r"(?:одобр\w+|рекоменд\w+|поддерж(?:ал|ан|ива)\w*|доверя(?:ет|ют)|выбра(?:л|ли|но|н|ло)\b|выбирает"
    r"|советует|советуют|покровительств\w*|под эгидой|под патронаж\w*|хвал(?:ит|ят)|признал\w*|отметил\w*"
    r"|проверен\w*)"
)
_GOV = re.compile(rf"{_APPROVE}[^.!?\n]{{0,40}}?{_AUTHORITY}|{_AUTHORITY}[^.!?\n]{{0,40}}?{_APPROVE}")
_GOV_PROGRAMME = re.compile(
    r"господдерж|государственн\w+ (?:программ|поддержк)|с поддержкой государства|при поддержке государства|программ\w+"
)
_STATE_CAPITAL = re.compile(
    r"госучасти\w+|государственн\w+ банк\w*|банк\w* с (?:госучасти|государственн)\w+"
    r"|с государственным участием|под (?:крыл|защит|опек)\w+ государств\w+|госбанк\w*"
    r"|принадлежит государству|за нами (?:стоит )?государств\w+"
)
_PRESSURE = re.compile(
    r"последн\w+ (?:шанс|возможност|день|час)\w*\b(?! (?:кажд\w+ )?(?:месяц|квартал|год|недел|срок|период))"
    r"|\bсрочно\b|осталось (?:всего |только )?(?:\d+|\w+) (?:минут|час|дн|день|дня|мест)\w*|\bуспей(?:те)?\b"
    r"|(?:по)?торопитесь|(?:по)?спешите\b|не упустите|только сегодня|"
    r"(?:карта|счет|доступ|профиль)(?:\w* (?:\w+ ){0,2}(?:заблокир|аннулир)\w*|(?: \w+){0,2} закрыт[аоы]?\b)"
    r"|иначе (?:\w+ ){0,3}(?:штраф|заблокир|потеря)\w*|потом будет поздно|немедленно|пока не поздно"
    r"|пожалеете|\bсгор(?:ит|ят)\b"
)
_CLAIM = re.compile(
    r"за (?:одну |пару |\d+ |несколько )?секунд\w*|\b(?:\d+|девять|восемь|семь|трое|четверо) из (?:\d+"
    r"|десяти|пяти|четырех)\b|в (?:\d+(?:[.,]\d+)?|два|три|четыре|пять|десять|полтора) раз\w* (?:выгодн"
    r"|больш|быстр|дешевл|выш|ниж|чаще|лучш|меньш)\w*"
    r"|кажд\w+ (?:второй|третий|четвертый|пятый) (?:клиент|россиян|житель|человек|покупател)\w*"
    r"|\d+ ?% (?:наших )?клиент\w*|мгновенн\w*|моментальн\w*|миллион\w* (?:довольных )?клиентов"
)
_PROMO = re.compile(
    r"\bрозыгрыш\w*|\bразыгр\w+|\bвыигр(?:ай|айте|ать|ывай|ывайте|аете|ает|аешь|ал|али|ывать)\b|(?:денежн"
    r"|крупн|гарантированн|ваш)\w* выигрыш\w*|\bприз(?:|ы|а|ов|ом|ами|у|е|ах|овой|овые|овых)\b"
    r"|\bлотере\w+|\bконкурс(?:|а|е|у|ом|ы|ов)\b|\bвикторин\w+|беспроигрышн\w+"
)
_NO_PROMO = re.compile(r"выигр\w+ (?:врем|спор|в (?:врем|скорост|удобств|цене))\w*|вне конкурса")
_OF_FRAUD = re.compile(r"мошенник|положите трубку|кладите трубку|если (?:вам )?(?:обеща|звон|пишут|предлага)")
_RANGE_OF_DATES = re.compile(r"\d\s?(?:по|до|-)\s?\d|с \d")


@detects("ADV-SUPERLATIVE")
def superlative(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_SUPERLATIVE, "superlative", "_number_sign"):
        if not _is_plain_use(text, match) and not _has_criterion(text, match.start()):
            yield Hit(match.start(), match.end())


def _is_plain_use(text: Context, match: re.Match[str]) -> bool:
    """«Тот самый», «самое время», «отделение № 1», «первый шаг» and the like claim nothing."""
    before = text.plain[max(0, match.start() - 20) : match.start()]
    words = match.group()
    near = text.plain[max(0, match.start() - 15) : match.end() + 20]
    if any(m.start() <= match.start() - max(0, match.start() - 15) < m.end() for m in _NO_SUPERIORITY.finditer(near)):
        return True
    if words[0] in "№#n" or words.startswith("номер"):
        return bool(_PLACE_NUMBER.search(before))
    if words.startswith("сам"):
        return bool(re.search(r"\b(?:тот|та|то|те|того|той|тех|тем|ту|этот|эта|эти) $", before))
    return words.startswith("единственн") and bool(re.search(r"\bне $", before))


def _has_criterion(text: Context, position: int) -> bool:
    """A source and a year within reach make the claim checkable."""
    near = text.plain[max(0, position - 200) : position + 250]
    return bool(_CRITERION.search(near) and _YEAR.search(near))


@detects("ADV-COMPARE")
def comparison(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_COMPARE, "rival", before=90, after=110):
        yield Hit(match.start(), match.end())
    for name in _foreign_bank_names(text):
        sentence = text.sentence(name.start)
        if _COMPARATIVE.search(text.plain, sentence.start, sentence.end):
            yield name


@detects("ADV-GOV", needs={"gov", "gov_soft"})
def approved_from_above(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_GOV, "gov", "gov_soft", before=70, after=80):
        around = text.around(match.start(), match.end(), 25, 40)
        if not _GOV_PROGRAMME.search(around) and not negated(text.plain, match.start()):
            yield Hit(match.start(), match.end())


@detects("ADV-GOVCAP", needs={"state_capital"})
def state_capital(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in _STATE_CAPITAL.finditer(text.plain):
        yield Hit(match.start(), match.end())


@detects("ADV-PRESSURE", needs={"pressure"})
def pressure(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_PRESSURE, "pressure"):
        if not negated(text.plain, match.start()) or match.group().startswith("не "):
            yield Hit(match.start(), match.end())


@detects("ADV-CLAIM", needs={"claim"})
def checkable_claim(text: Context, rule: Rule) -> Iterator[Hit]:
    card = "" if text.card is None else " ".join(text.card.conditions.values()).lower()
    for match in text.near(_CLAIM, "claim"):
        if match.group() not in card:
            yield Hit(match.start(), match.end())


@detects("PROMO-TERMS", needs={"promo"})
def prize_without_terms(text: Context, rule: Rule) -> Iterator[Hit]:
    found = (m for m in text.near(_PROMO, "promo") if not denied(text.plain, m.start(), m.end()))
    match = next(found, None)
    if match is None or _NO_PROMO.search(text.around(match.start(), match.end(), 15, 25)):
        return
    if _OF_FRAUD.search(text.around(match.start(), match.end(), 60, 90)):
        return
    if not (_has_both_dates(text) and any(_is_source(text, mask) for mask in text.masks)):
        yield Hit(match.start(), match.end())


def _is_source(text: Context, mask: Mask) -> bool:
    """Where the rules can be read; the address for unsubscribing is no such place."""
    around = text.plain[max(0, mask.start - 40) : mask.end]
    return mask.kind in {"link", "phone"} and "отпис" not in around and "unsubscribe" not in around


def _has_both_dates(text: Context) -> bool:
    dates = [text.plain[mask.start : mask.end] for mask in text.masks if mask.kind == "date"]
    return len(dates) > 1 or any(_RANGE_OF_DATES.search(date) for date in dates)


def _foreign_bank_names(text: Context) -> Iterator[Hit]:
    """Capitalised names that end in «банк» and are not ours."""
    own = pattern(text.bank.names)
    for match in _ANY_BANK.finditer(text.normal.cased):
        if not own.search(match.group().lower()):
            yield Hit(match.start(), match.end())
