"""The cluster query language (developer guide, "Cluster query language")."""

import re
from collections.abc import Callable, Mapping

_TOKEN = re.compile(
    r"""\s*(\[|\]|\(|\)|,|==|!=|>=|<=|=~|!~|!in|!exists|&&|\|\||[!<>]|'[^']*'|"[^"]*"|[^\s\[\](),=!<>&|]+)"""
)
_PLAIN = {
    "equals": "==",
    "not_equals": "!=",
    "!in": "not_in",
    "matches": "=~",
    "not_match": "!~",
    "!exists": "not_exists",
    "greater_than": ">",
    "greater_than_equal": ">=",
    "less_than": "<",
    "less_than_equal": "<=",
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
}

Facts = Mapping[str, frozenset[str]]
"""What each subject of the language is for one instance: none, one or several values."""


class BadExpression(Exception):
    """An expression that ECS would not understand."""


def holds(expression: str, facts: Facts) -> bool:
    """Say whether an instance with these facts is a member. BadExpression."""
    reader = _Reader(_tokens(expression), facts)
    value = reader.either()
    if reader.rest:
        raise BadExpression(expression)
    return value


def _tokens(expression: str) -> list[str]:
    found, at = [], 0
    text = expression.strip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise BadExpression(expression)
        found.append(match.group(1))
        at = match.end()
    return found


class _Reader:
    """Reads from left to right; both sides of `and` and `or` are always read."""

    def __init__(self, tokens: list[str], facts: Facts) -> None:
        self.rest = tokens
        self.facts = facts

    def either(self) -> bool:
        value = self._both()
        while self._take("or", "||"):
            value = self._both() or value
        return value

    def _both(self) -> bool:
        value = self._one()
        while self._take("and", "&&"):
            value = self._one() and value
        return value

    def _one(self) -> bool:
        if self._take("not", "!"):
            return not self._one()
        if self._take("("):
            value = self.either()
            self._expect(")")
            return value
        return self._comparison(self._next())

    def _comparison(self, subject: str) -> bool:
        have = self.facts.get(subject, frozenset())
        word = self._next()
        operator = _PLAIN.get(word, word)
        if operator in {"exists", "not_exists"}:
            return bool(have) is (operator == "exists")
        if operator in {"in", "not_in"}:
            return bool(have & self._list()) is (operator == "in")
        value = _bare(self._next())
        if operator in {"==", "!="}:
            return (value in have) is (operator == "==")
        if operator in {"=~", "!~"}:
            pattern = ".*".join(re.escape(part) for part in value.split("*"))
            return any(re.fullmatch(pattern, each) for each in have) is (operator == "=~")
        if operator in _COMPARE:
            return _compared(operator, have, value)
        raise BadExpression(word)

    def _list(self) -> set[str]:
        self._expect("[")
        found = {_bare(self._next())}
        while self._take(","):
            found.add(_bare(self._next()))
        self._expect("]")
        return found

    def _take(self, *words: str) -> bool:
        if self.rest and self.rest[0].lower() in words:
            self.rest = self.rest[1:]
            return True
        return False

    def _expect(self, word: str) -> None:
        if not self._take(word):
            raise BadExpression(word)

    def _next(self) -> str:
        if not self.rest:
            raise BadExpression("the expression ends too early")
        first, self.rest = self.rest[0], self.rest[1:]
        return first


def _compared(operator: str, have: frozenset[str], value: str) -> bool:
    try:
        return any(_COMPARE[operator](float(each), float(value)) for each in have)
    except ValueError:
        raise BadExpression(value) from None


def _bare(word: str) -> str:
    return word[1:-1] if word[:1] in "'\"" else word
