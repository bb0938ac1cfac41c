"""Secrets of the client: bank secrecy, special categories, excess data, codes (395-1, 152-ФЗ, ГК ст. 857)."""

import re
from collections.abc import Iterator

from backend.compliance.context import Context, Hit
from backend.compliance.detectors.grounding import card_numbers
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_CARD_TAIL = re.compile(
    r"\*{1,12}\s?\d{4}(?!\d)|карт\w*[^.!?\n]{0,20}(?:заканчив\w+|оканчив\w+"
    r"|последн\w+)[^.!?\n]{0,20}\d{4}|карт\w{1,2}\s(?:№\s?)?\.{2,3}\d{4}|[x×х]{2,4}\s?\d{4}(?!\d)"
)
_LONG_NUMBER = re.compile(
    r"(?<![\d/])\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{4}(?:[ -]?\d{1,4})?(?!\d)|(?<!\d)\d{20}(?!\d)"
    r"|(?<!\d)\d{5}[ .]\d{3}[ .]\d[ .]\d{4}[ .]\d{7}(?!\d)"
)
_HOLDINGS = re.compile(
    r"\b(?:остат\w+|долг\w*|задолженност\w+|просроч\w+|баланс\w*|лимит\w*|платеж\w*|зарплат\w*|оклад\w*"
    r"|пенси\w+|доход\w*|поступлени\w+|списани\w+|начислени\w+|лежит|лежат|хранит\w*|накоп\w+"
    r"|сбережени\w+|минус\w*|расход\w*|трат\w*|на (?:\w+ )?(?:карт|счет|вклад)\w*)"
)
_YOURS = re.compile(r"\b(?:ваш|вас|вам|вы|твой|тво[яей]|тебя)\w*\b")
_YOU_DID = re.compile(
    r"\bвы (?:\w+ ){0,3}(?:потратили|купили|заплатили|сняли|перевели|израсходовали|истратили|пополнили"
    r"|внесли|получили|оплатили|погасили|накопили|тратите|снимаете|переводите|получаете|платите|храните"
    r"|держите|должны|задолжали|приобрели|просрочили|зарабатываете)\b"
    r"|(?:потратили|израсходовали|сняли|перевели|заплатили|купили) (?:\w+ ){0,3}(?:вы|за|на|в|по карте)\b"
    r"|вам (?:\w+ ){0,2}(?:пришл|поступил|зачисл|начисл|перевел)\w*|(?:поступил[аио]?|приш(?:ел|ла|ло|ли)"
    r"|зачислен[аоы]?|списан[аоы]?) (?:\w+ ){0,2}(?:зарплат|на ваш|с ваш|перевод|пенси)\w*"
)
_SHOP = re.compile(
    r"\bвы (?:\w+ ){0,3}(?:купили|заплатили|потратили|расплатились|оплатили|покупали|покупаете|были"
    r"|заказали|заказывали)[^.!?\n]{0,40}\b(?:в|на|у) (?:\w+ ){0,2}\""
)
_YOUR_DEBT = re.compile(
    r"\b(?:ваш\w*|у вас)[^.!?\n]{0,25}\b(?:задолженност\w+|просроч\w+|долг(?:|а|у|и|ов|ом)\b)"
    r"|вы (?:\w+ )?(?:задолжали|просрочили|должны банку)"
)

_HEALTH = re.compile(
    r"\bвы (?:\w+ ){0,5}(?:лечились|лечитесь|лечили|болели|болеете|переболели|перенесли|заболели"
    r"|обследовались|проходили лечение|лежали в больнице|посещали (?:врач|клиник|психо|онколог"
    r"|кардиолог)\w*|были (?:у (?:врача|кардиолога|онколога|гинеколога|психиатра|психолога)|в (?:больнице"
    r"|клинике))|наблюдаетесь|страдаете|восстанавливаетесь|беременны|родили|инвалид\w*|рожали"
    r"|принимаете лекарств\w*|на учете|больны|нездоровы)"
    r"|\b(?:ваш\w*|у вас|вам с|о вашем|при вашем|с вашим|с вашей|вашего"
    r"|вашей)\s(?:\w+ ){0,2}(?:диагноз\w*|диабет\w*|онкологи\w*|заболевани\w*|болезн\w*|беременност\w*"
    r"|инвалидност\w*|операци(?:и|ю|я|ей) на \w+|лечени\w*|инфаркт\w*|инсульт\w*|астм\w*|депресси\w*"
    r"|аллерги\w*|хроническ\w+|гипертони\w*|анализ\w*|реабилитаци\w*|рак\b|вич\b|зависимост\w*|роды|родов"
    r"|недуг\w*|ослаблен\w+ здоровь\w*)"
    r"|(?:после|во время|на фоне|в период)\s(?:ваш\w+ |недавн\w+ |перенесенн\w+ )?(?:операции|инфаркта"
    r"|инсульта|химиотерапии|болезни|лечения|родов|беременности|выписки|реабилитации)"
    r"|(?:для|как|тем|\bлюд[яе][мй]|клиент(?:ам|ов)) ?(?:людей|клиентов|у кого|вас|человек\w+|будущ\w+"
    r"|пациент\w+|диабетик\w*|инвалид\w*|беременн\w+|)\s?(?:с |со |на |-)?\s?(?:диабет\w*|инвалидност\w*"
    r"|онкологи\w*|вич|беременн\w*|мам\w*|заболевани\w*|диагноз\w*|астм\w*)|диабетик\w*|беременност\w*"
    r"|ваш[аейу]+ беременн\w+|онкобольн\w*"
)
_BELIEF = re.compile(
    r"\bсудимост\w+|\b(?:вы|вас|вам|ваш\w*)\b[^.!?\n]{0,45}\b(?:православн\w+|мусульман\w*|христиан\w*"
    r"|иуде\w*|католи\w*|буддист\w*|верующ\w*|исповеду\w+|религи\w+|национальност\w+|вероисповедани\w+"
    r"|судимост\w*|судим\w*|осужден\w*|партии\b|партию\b|оппозици\w*|политическ\w+|гей\b|геи\b|лесби\w+"
    r"|ориентаци\w+|голосова\w+|голосуете|еврей\w*|татар\w*|чечен\w*|армян\w*|узбек\w*|таджик\w*|цыган\w*"
    r"|намаз\w*|митинг\w*|развод\w*|любовниц\w*|интимн\w+)"
    r"|\bкак (?:истинн\w+ |настоящ\w+ )?(?:православн|мусульман|христиан|верующ|евре|татар|католи|армян"
    r"|буддист)\w*|(?:для|настоящ\w+|наших|всем) (?:православн|мусульман|верующ|христиан)\w*|(?:раз"
    r"|если) вы (?:\w+ )?(?:мусульман|православн|верующ)\w*|(?:с|к|на) (?:светл\w+ "
    r"|священн\w+ )?(?:рамадан|ураза|курбан)\w*|халяльн\w+|\bхадж\w*"
)
_HYPOTHETICAL = re.compile(
    r"на случай|в случае|от (?:несчастн\w+|болезн\w+|критическ\w+)|\bесли\b|при (?:наступлени|диагност"
    r"|установлени|первичн|инвалидност|смерт|заболеван|критическ)\w*|риск\w*|страхов\w+ (?:от|на случай"
    r"|случ)|защит\w+ (?:от|на случай)|покрыва\w+|включа\w+|выплат\w*|вдруг|не является|исключени\w*"
)

_PASSPORT = re.compile(r"паспорт\w*[^.!?\n]{0,25}?\d{2} ?\d{2} ?(?:№ ?)?\d{6}|(?<!\d)\d{4} \d{6}(?!\d)")
_SNILS = re.compile(r"(?<!\d)\d{3}-\d{3}-\d{3}[ -]\d{2}(?!\d)|снилс\w*\W{0,12}\d{3}[ -]?\d{3}[ -]?\d{3}[ -]?\d{2}")
_INN = re.compile(r"\bинн\W{0,10}\d{10,12}(?!\d)")
_BIRTH = re.compile(
    r"(?:дат[аеуы] (?:вашего )?рождени\w+|родили?сь|род\.|д\.\s?р\.|рожден\w*"
    r"|день рождения)[^.!?\n]{0,15}\d{1,2}[. ](?:\d{1,2}[. ]\d{2,4}|[а-я]{3,9}(?: \d{4})?)"
    r"|\d{2}\.\d{2}\.(?:19|20)\d\d (?:года рождени\w+|г\.? ?р\.)"
)
_ADDRESS = re.compile(
    r"(?:ваш\w* (?:домашн\w+ )?адрес\w*|вы (?:живете|проживаете|прописаны|зарегистрированы)"
    r"|адрес (?:регистрации|проживания|прописки)|прожива\w+ по адресу"
    r"|прописк\w+)[^.!?\n]{0,50}?(?:\bг\. [^.!?\n]{0,30})?(?:\d|\bул\b|улиц|просп|переул)"
)
_FULL_NAME = re.compile(
    r"\b[А-Я][а-я-]+(?:ов|ова|ев|ева|ин|ина|ий|ая|ын|ына|ых|их|ко|ук|юк|ян|дзе|ич|ер|ман|ик|ло"
    r"|ак)[а-я]{0,3} [А-Я][а-я]+ [А-Я][а-я]+(?:ович|евич|ьич|ич|овна|евна|ична|инична)[а-я]{0,2}\b"
)
_MORE_DATA = re.compile(r"\d{2}\.\d{2}\.\d{2,4}|\d{4} года|рожден|паспорт|прожива|ул\.|снилс|инн\b|\d{6,}|адрес|\+7")

_INFERRED = re.compile(
    r"\bмы (?:\w+ ){0,2}(?:заметили|видим|знаем|обратили внимание|проанализировали|изучили|выяснили"
    r"|обнаружили|поняли|узнали|увидели|посмотрели)[^.!?\n]{0,60}\b(?:вы|ваш\w*|вас|вам|вами)\b"
    r"|вы ждете (?:ребенка|малыша|пополнени\w+)|судя по (?:вашим|операциям|покупкам|истории)\w*"
    r"|по (?:вашим|истории ваших) (?:покупк|операци|трат|расход)\w+"
    r"|вы (?:так )?часто (?:\w+ ){0,2}(?:покупаете|ходите|бываете|заправля\w+|снимаете|тратите|платите"
    r"|переводите|в аптек\w*|летаете|ездите)|наш\w* (?:систем|алгоритм)\w* (?:определ|поня|увиде)\w+"
    r"|из ваших (?:операций|покупок)"
)

_ASK = (
    r"(?:назов(?:и|ите)|продикту(?:й|йте)|сообщ(?:и|ите)|введ(?:и|ите)|пришл(?:и|ите)|отправ(?:ь|ьте)"
    r"|скаж(?:и|ите)|укаж(?:и|ите)|поделитесь|перешл(?:и|ите)|дайте|напиш(?:и|ите)|назвать|продиктовать"
    r"|сообщить|ввести|прислать|переслать|подтвердите|попрошу|нуж(?:ен|н[аоы])|понадобится|потребуется|передайте"
    r"|вышлите|покажите|прочитайте|прочтите|зачитайте|диктуйте|отправить|назовете|продиктуете)"
)
_CARD_CODE = (
    r"(?:\bкод(?:|а|ы|ом|ов|у)\b|\bпин\b|пин-?код\w*|\bpin\b|\bcvc2?\b|\bcvv2?\b|парол(?:ь|я|и|ем)"
    r"|кодов\w+ слов\w+|смс-код\w*|три цифры|трех цифр|последн\w+ цифр\w*|реквизит\w* (?:ваш\w+ )?карт\w*"
    r"|номер (?:ваш\w+ )?карт\w*|данные (?:ваш\w+ )?карт\w*"
    r"|цифр\w* (?:с|на|из) (?:оборот\w*|обратн\w+|сообщени\w+|смс|него|нее)"
    r"|секретн\w+ код\w*)"
)
_CODES = re.compile(
    rf"{_ASK}[^.!?\n]{{0,60}}?{_CARD_CODE}|{_CARD_CODE}[^.!?\n]{{0,30}}?(?:назовите|продиктуйте"
    rf"|сообщите|пришлите|перешлите|отправьте|скажите|введите|напишите|укажите)\b"
    r"|(?:по|на) ссылк\w+[^.!?\n]{0,60}(?:подтверд|разблокир|верифиц|активир\w+ карт|обновит\w+ данн)\w*"
    r"|(?:подтверд|разблокир|верифиц)\w+[^.!?\n]{0,60}(?:по|через) (?:\w+ )?ссылк\w+"
)
_NEVER = re.compile(r"\b(?:не|никому|никогда|нельзя)\b[^.!?\n,;:]{0,25}$")
_SOMEBODY_ASKS = re.compile(r"\b(?:попрос|прос|спрашива|требу)\w*[^.!?\n]{0,12}$")
_IT_IS_FRAUD = re.compile(
    r"[^.!?\n]{0,60}(?:кладите трубку|мошенник|обман|не банк|не сообщайте|не (?:называйте|диктуйте))"
)
_HARMLESS_CODE = re.compile(
    r"промо-?код|qr-?код|штрих-?код|кюар|код (?:купона|акции|региона|города|домофона|товара)|кодом? партнера|наведите"
)


@detects("SEC-BANK")
def bank_secret(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.has_digits:
        for expression in (_CARD_TAIL, _LONG_NUMBER):
            for match in expression.finditer(text.plain):
                yield Hit(match.start(), match.end())
    if not text.has("secret"):
        return
    for expression in (_SHOP, _YOUR_DEBT):
        if stated := expression.search(text.plain):
            yield Hit(stated.start(), stated.end())
    yield from _personal_sums(text)


def _personal_sums(text: Context) -> Iterator[Hit]:
    """A sum said to be the client's own; what stands in the card belongs to the offer and is no secret."""
    offered = _offered_sums(text)
    for number in text.numbers:
        if number.kind not in {"rub", "currency"} or number.value in offered or number.value == 0:
            continue
        before = text.around(number.start, number.end, 90, 30)
        if _IF_YOU.search(before):
            continue
        if _YOU_DID.search(before) or (_YOURS.search(before) and _HOLDINGS.search(before) and _is_statement(before)):
            yield Hit(number.start, number.end)


_OFFERED = re.compile(
    r"\b(?:от|до|свыше|сверх|при|если|не более|не менее|получите|вернем"
    r"|откройте|доступ\w+ до|можете|сможете)\b"
)
_IF_YOU = re.compile(r"\b(?:если|когда|как только|при условии)\b[^.!?\n]{0,50}\bвы\b")
_STATED = re.compile(
    r"остат|долг|задолж|просроч|баланс|лежит|лежат|хранит|ваш\w* (?:\w+ )?(?:лимит|платеж|зарплат|оклад"
    r"|пенси|доход|минус|расход|трат)|на (?:ваш\w+ |вашей |вашем )(?:\w+ )?(?:карт|счет|вклад)|накопил"
)


def _is_statement(around: str) -> bool:
    return bool(_STATED.search(around)) and not _OFFERED.search(around)


def _offered_sums(text: Context) -> frozenset[float]:
    return frozenset(n.value for n in card_numbers(text.card) if n.kind == "rub") if text.card else frozenset()


@detects("PD-SPECIAL", needs={"health", "belief"})
def special_category(text: Context, rule: Rule) -> Iterator[Hit]:
    about_risks = text.group in {"insurance", "life_insurance"}
    for expression, tag in ((_HEALTH, "health"), (_BELIEF, "belief")):
        if tag not in text.tagged:
            continue
        for match in text.near(expression, tag):
            sentence = text.sentence(match.start())
            if not (about_risks and _HYPOTHETICAL.search(text.plain, sentence.start, sentence.end)):
                yield Hit(match.start(), match.end())


@detects("PD-EXPOSE")
def excess_data(text: Context, rule: Rule) -> Iterator[Hit]:
    if not text.has_digits and "personal_data" not in text.tagged:
        return
    for expression in (_PASSPORT, _SNILS, _INN, _BIRTH, _ADDRESS):
        for match in expression.finditer(text.plain):
            yield Hit(match.start(), match.end())
    for match in _FULL_NAME.finditer(text.normal.cased):
        if _MORE_DATA.search(text.around(match.start(), match.end(), 60, 90)):
            yield Hit(match.start(), match.end())


@detects("PD-INFER", needs={"inferred"})
def shown_inference(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_INFERRED, "inferred", before=80):
        yield Hit(match.start(), match.end())


@detects("SEC-CODES", needs={"codes"})
def asks_for_codes(text: Context, rule: Rule) -> Iterator[Hit]:
    for match in text.near(_CODES, "codes", before=90):
        before = text.plain[max(0, match.start() - 40) : match.start()]
        around = text.plain[max(0, match.start() - 10) : match.end() + 15]
        fraud = _SOMEBODY_ASKS.search(before) and _IT_IS_FRAUD.match(text.plain, match.end())
        warned = fraud or _NEVER.search(before)
        if not warned and not _HARMLESS_CODE.search(around):
            yield Hit(match.start(), match.end())
