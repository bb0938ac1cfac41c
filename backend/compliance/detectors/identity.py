"""Who renders the service: the bank, the insurer, the managing company (38-ФЗ ст. 28 ч. 1)."""

import re
from collections.abc import Iterator

from backend.compliance.context import Context, Hit
from backend.compliance.names import LEGAL_NAME, bank_names, mentions
from backend.compliance.registry import detects
from backend.compliance.rules import Rule

_FUND = re.compile(r"\b[ои]?б?пиф\w{0,3}\b|паев\w+ (?:инвестиционн\w+ )?фонд|\bпа[йяюе]\w{0,3} фонд\w{0,3} \"")
_LEGAL_FORM = re.compile(r"(?:пао|оао|зао|нао|ао|ооо|акционерн\w+ обществ\w+|кб)\W{1,3}$")


@detects("FIN-NAME")
def bank_is_named(text: Context, rule: Rule) -> Iterator[Hit]:
    """The application's name and a link do not name the bank."""
    own = text.plain
    names = bank_names(own, text.bank)
    if not names:
        yield text.whole
    elif not any(_is_full(own, match) for match in names):
        yield Hit(names[0].start(), names[0].end(), _FULL_NAME_ADVICE, softened=True)
    if "fund" in text.tagged and (fund := _FUND.search(text.plain)) and not mentions(own, (text.bank.asset_manager,)):
        yield Hit(fund.start(), fund.end(), _FUND_ADVICE)


_FULL_NAME_ADVICE = "Лучше назвать банк полностью, с организационной формой: «ПАО «Примербанк»»."
_FUND_ADVICE = "Назовите управляющую компанию фонда с организационной формой."


def _is_full(plain: str, match: re.Match[str]) -> bool:
    start = match.start()
    return bool(
        LEGAL_NAME.match(plain, start)
        or re.match(r"пао |публичн|ао |ооо |акционерн", match.group())
        or _LEGAL_FORM.search(plain[max(0, start - 25) : start])
    )


@detects("INS-INSURER")
def insurer_is_named(text: Context, rule: Rule) -> Iterator[Hit]:
    if not mentions(text.plain, (text.bank.insurer, _short(text.bank.insurer))):
        yield text.whole


def _short(legal_name: str) -> str:
    """The name within the quotes."""
    inner = re.search(r"[«\"](.+)[»\"]", legal_name)
    return inner.group(1) if inner else legal_name
