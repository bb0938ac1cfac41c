"""How the client is reached and may refuse: calls, opting out, messengers, links (38-ФЗ ст. 18; 41-ФЗ)."""

import re
from collections.abc import Iterator

from backend.compliance.card import Bank
from backend.compliance.context import Context, Hit
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_OPT_OUT = re.compile(r"отписа\w+|отказ(?:аться|ом)? от рассыл\w+|отмен\w+ подписк\w*|отказ:")
_REFUSAL_BRANCH = re.compile(
    r"при отказе|\bотказ\s?:|\[отказ|если (?:\w+ ){0,4}(?:не ?интересн|неактуальн|не ?актуальн|неудобн"
    r"|против|отказ|не нужн|не подход|не хот|не готов)\w*"
    r"|(?:больше|впредь|снова)\s(?:\w+ ){0,2}не (?:\w+ )?(?:звон|позвон|беспоко|побеспоко|потревож"
    r"|тревож)\w*|не (?:будем|стану|буду) (?:больше |вам )?(?:звон|беспоко|тревож|позвон|напомин)\w*"
    r"|чтобы (?:вам )?(?:больше )?не (?:звон|беспоко|тревож)\w*"
    r"|(?:не хотите|если нет|не нужно)[^.!?\n]{0,40}не (?:стан|буд|позвон)\w*"
    r"|(?:не звонить|откаж\w+|отказ\w* кл|в случае отказа|клиент отказ\w*)"
)
_PUSHING = re.compile(
    r"не принима(?:йте|ть|ем|й) отказ\w*|настаива(?:йте|й|ть)\b(?! (?:\w+ )?не)|(?:дожима|дожм)(?:йте|й"
    r"|ть|ите)\b|(?:пере)?убежда(?:йте|й|ть)\b|переубед(?:ите|ить)\b|уговарива(?:йте|ть|й)\b|уговор(?:ите|ить)\b|надавит[еь]"
    r"|(?:набрать|позвонить|звонить|перезвонить)[^.!?\n]{0,25}(?:еще раз|снова|повторно|пока не соглас\w+|до тех пор)"
    r"|вернуть разговор|не отступать|не отступайте|продолж\w+[^.!?\n]{0,20}до согласия|пока (?:клиент )?не соглас\w+"
    r"|давите\b|не отпускайте|не кладите трубку|не сдавайтесь"
    r"|перезвон(?:ите|и|им|ю|ить)[^.!?\n]{0,40}(?:с другого|другим номер|еще раз|завтра|снова|повторно"
    r"|позже все равно|до тех пор)|(?:звон|набира|набер)(?:ите|йте)[^.!?\n]{0,25}(?:еще раз|снова"
    r"|повторно|пока не соглас\w+|до тех пор)"
    r"|(?:отказ\w*|не звон\w+|не ?интересно)\"?[^.!?\n]{0,40}(?<!\bне )(?:перезвон|повторите предлож"
    r"|продолжайте|игнорируйте|спросите еще)\w*"
)
_ALLOWED_PUSH = re.compile(r"\bне (?:\w+ )?$|нельзя $|запрещ\w+ $|удобн\w+")
_WILL_NOT = re.compile(r"\s(?:\w+\s)?не (?:буд|стан|над|нужн)\w*")
_INTRODUCED = re.compile(
    r"меня зовут|\bэто [а-я]+|\bя [а-я]+|говорит [а-я]+|представ\w+|зовут|вас приветствует|беспокоит"
    r"|звоню|звонит|представля\w+|на связи|, [а-я]+, |^[а-я]+, |\b[а-я]+ из "
)
_ASKED = re.compile(
    r"удобн\w+|минут\w+|отвлека\w+|отрыва\w+|можете (?:ли )?(?:сейчас )?говорить|разреш\w+|позвол\w+"
    r"|найдется|не помеша\w+|есть (?:ли )?(?:у вас )?врем\w+|можно (?:ли )?(?:\w+ )?(?:сказать|рассказать"
    r"|занять|задать|слов|предложить|коротко|спросить)|могу (?:ли )?(?:я )?(?:\w+ )?(?:рассказать|задать"
    r"|предложить|говорить|занять|продолжить)|секунд\w+|вовремя|получится|уделите|готовы (?:послушать"
    r"|выслушать)|согласны|свободн\w+|момент|не против|помешал\w*|заня\w+|говорить|времен\w+|время"
)
_MESSENGER = re.compile(
    r"whats\s?-?app|watsapp|whatsap|в[ао]т(?:с|ц)ап\w*|вацап\w*|уотсап\w*|telegram|телеграм\w*"
    r"|\bтелег[аеиоуй]\w{0,1}\b|\bтг\b|\bтг-\w+|viber|вайбер\w*|skype|скайп\w*|\bsignal\b|\bwa\.me"
    r"|\bt\.me|wechat|вичат\w*|discord|дискорд\w*|facebook messenger|imessage|snapchat|снапчат\w*"
    r"|telega\b"
)
_NOT_USED = re.compile(
    r"\b(?:не|ни) (?:\w+ ){0,3}(?:в|через|по)\s?\"?$|\bне (?:пиш|звон|общ|обща|ведем|использ"
    r"|пересыл)\w*[^.!?\n]{0,30}$|\bбез \"?$|отказ\w+ от \"?$|никогда[^.!?\n]{0,40}$"
)
_ERID = re.compile(r"\bреклама\b[\s\S]*erid|erid[\s\S]*\bреклама\b")
_OFFICIAL = ("наш.дом.рф", "cbr.ru", "gosuslugi.ru", "asv.org.ru")


@detects("COM-OPTOUT")
def opt_out(text: Context, rule: Rule) -> Iterator[Hit]:
    if not _OPT_OUT.search(text.plain):
        yield text.whole


@detects("CALL-REFUSE")
def refusal_is_taken(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.form == "banner":
        return
    if text.has("refusal"):
        for match in _PUSHING.finditer(text.plain):
            before = text.plain[max(0, match.start() - 15) : match.start()]
            if not (_ALLOWED_PUSH.search(before) or _WILL_NOT.match(text.plain, match.end())):
                yield Hit(match.start(), match.end())
                return
    if not _REFUSAL_BRANCH.search(text.plain):
        yield Hit(max(0, len(text.plain) - 1), len(text.plain))


@detects("CALL-INTRO")
def introduction(text: Context, rule: Rule) -> Iterator[Hit]:
    if text.form != "call":
        return
    opening = text.plain[: rule.params["opening"]]
    if not ((_INTRODUCED.search(opening) or text.bank.agent.lower() in opening) and _ASKED.search(opening)):
        yield Hit(0, min(len(text.plain), rule.params["opening"]))


@detects("COM-MESSENGER")
def messenger(text: Context, rule: Rule) -> Iterator[Hit]:
    if "messenger" not in text.tagged and "me" not in text.plain and "-app" not in text.plain:
        return
    for match in _MESSENGER.finditer(text.plain):
        if not _NOT_USED.search(text.plain[max(0, match.start() - 45) : match.start()]):
            yield Hit(match.start(), match.end())


@detects("COM-ERID")
def advertising_mark(text: Context, rule: Rule) -> Iterator[Hit]:
    if not _ERID.search(text.plain):
        yield text.whole


@detects("COM-LINK")
def links(text: Context, rule: Rule) -> Iterator[Hit]:
    for mask in text.masks:
        if mask.kind == "link" and not is_official(text, text.plain[mask.start : mask.end]):
            yield Hit(mask.start, mask.end)


def is_official(text: Context, link: str) -> bool:
    """Does a link (or mail address) of the text lead to the bank or to the state's registers?"""
    return leads_to_bank(text.bank, link)


def leads_to_bank(bank: Bank, link: str) -> bool:
    """Is it on the bank's own site, the page of its disclosures, or a register of the state?

    What a card says of its site does not count: it may be the one that the bank has left.
    """
    host = _host(link)
    if any(host == site or host.endswith(f".{site}") for site in (_host(bank.site), *_OFFICIAL)):
        return True
    own = _page(bank.disclosure_site)
    return bool(own) and (_page(link) == own or _page(link).startswith(f"{own}/"))


def _host(link: str) -> str:
    return re.split(r"[/?#:]", _page(link).rsplit("@", 1)[-1], maxsplit=1)[0].rstrip(".,;)")


def _page(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link.lower()).rstrip(".,;)")
