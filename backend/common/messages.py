"""Russian for the messages of the validation library, which speaks English only."""

import re

_EXACT = {
    "Missing data for required field.": "Обязательное поле",
    "Field may not be null.": "Значение не может быть пустым (null)",
    "Unknown field.": "Неизвестное поле",
    "Invalid input type.": "Неподходящий тип данных",
    "Invalid type.": "Неподходящий тип данных",
    "Invalid value.": "Недопустимое значение",
    "Not a valid string.": "Ожидается строка",
    "Not a valid integer.": "Ожидается целое число",
    "Not a valid number.": "Ожидается число",
    "Not a valid boolean.": "Ожидается true или false",
    "Not a valid list.": "Ожидается список",
    "Not a valid mapping type.": "Ожидается объект",
    "Not a valid UUID.": "Ожидается идентификатор UUID",
    "Not a valid date.": "Ожидается дата вида 2026-11-22",
    "Not a valid datetime.": "Ожидаются дата и время ISO 8601",
    "Not a valid aware datetime.": "Ожидаются дата и время ISO 8601 с часовым поясом",
    "Number too large.": "Слишком большое число",
    "String does not match expected pattern.": "Строка не соответствует формату",
    "Special numeric values (nan or infinity) are not permitted.": "NaN и бесконечность недопустимы",
}
_PATTERNS = (
    (re.compile(r"Must be one of: (.+)\."), "Допустимые значения: {}"),
    (re.compile(r"Must be greater than or equal to (\S+) and less than or equal to (\S+)\."), "Допустимо от {} до {}"),
    (re.compile(r"Must be greater than or equal to (\S+)\."), "Не меньше {}"),
    (re.compile(r"Must be greater than (\S+)\."), "Больше {}"),
    (re.compile(r"Must be less than or equal to (\S+)\."), "Не больше {}"),
    (re.compile(r"Must be less than (\S+)\."), "Меньше {}"),
    (re.compile(r"Shorter than minimum length (\d+)\."), "Длина не меньше {}"),
    (re.compile(r"Longer than maximum length (\d+)\."), "Длина не больше {}"),
    (re.compile(r"Length must be between (\d+) and (\d+)\."), "Длина от {} до {}"),
    (re.compile(r"Length must be (\d+)\."), "Длина ровно {}"),
)


def in_russian(message: str) -> str:
    """The translation; a message that is not the library's, such as our own, comes back as it is."""
    if message in _EXACT:
        return _EXACT[message]
    for pattern, russian in _PATTERNS:
        if match := pattern.fullmatch(message):
            return russian.format(*match.groups())
    return message
