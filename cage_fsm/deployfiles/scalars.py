"""Strings, numbers, true, false and null: decoded by the json module, refused in our words."""

import json
import math
from typing import Any, NoReturn

_SPACE = " \t\n\r"
_WORDS = {
    "Expecting value": "a value is missing here, or is not written as JSON",
    "Invalid control character": r"a string ends on its line; write \n for a line break and \t for a tab",
    "Unterminated string": "this string has no closing quote",
    "Invalid \\": r"a backslash in a string must be doubled or begin an escape such as \n",
}


class ScalarError(ValueError):
    """What stands at this position is not a value that JSON knows."""

    def __init__(self, words: str, at: int) -> None:
        super().__init__(words)
        self.words, self.at = words, at


def decode(text: str, at: int) -> tuple[Any, int]:
    """Return the scalar that begins at this position, and the position after it."""
    try:
        value, end = _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as error:
        raise ScalarError(_in_words(error.msg), error.pos) from error
    except ValueError as error:
        raise ScalarError(str(error), at) from error
    return value, end


def decode_bare(text: str) -> Any:
    """Return the number, true, false or null that a variable outside quotes holds.

    The error says nothing of the text, and hangs on no other error that does.
    """
    try:
        value, end = decode(text.strip(_SPACE), 0)
    except ScalarError:
        end = -1
    if end != len(text.strip(_SPACE)) or isinstance(value, str | dict | list):
        raise ScalarError("its variable holds no number, true, false or null", 0)
    return value


def is_text(value: str) -> bool:
    """Tell whether UTF-8 can carry it; bytes of a variable that are not UTF-8 arrive as lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _in_words(message: str) -> str:
    return next((words for start, words in _WORDS.items() if message.startswith(start)), message)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("this number is too large")
    return number


def _whole(digits: str) -> int:
    # Python refuses thousands of digits, in words that mean nothing to the reader of a JSON file.
    try:
        return int(digits)
    except ValueError:
        raise ValueError("this number is too large") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


_DECODER = json.JSONDecoder(parse_float=_finite, parse_int=_whole, parse_constant=_no_constant)
