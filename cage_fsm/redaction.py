"""Takes out of a text what looks like a secret, before it is kept or shown.

It errs on the side of taking out too much. What it cannot know is a secret without a name beside it and
without a shape of its own.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping

from pydantic import JsonValue

MASK = "[redacted]"
SHORTEST_KNOWN = 6
"""A known secret that is shorter would blank out half of the text."""

_SHELL = frozenset({"PWD", "OLDPWD"})
"""Directories, by which every message names its files."""

_WORDS = (
    "passw(?:or)?d passphrase pwd _pass secret token api[_-]?key access[_-]?key private[_-]?key credential "
    "x-amz-signature"
)
_REST = r"[\w.-]{0,80}"  # of a name; without a bound a hostile log line would take minutes
_NAME = rf"(?:{_WORDS.replace(' ', '|')}){_REST}"
_VALUE = r"""(?:\\"(?:(?!\\").)*\\"|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&"']+)"""
_IS = r"""(?:\\?["']?\s*=\s*|\\?["']\s*:\s*|\s*:\s+)"""  # no bare colon: ARNs and actions are full of them
_IS_OR_COLON = r"""\\?["']?\s*[:=]\s*"""
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        # A PEM block; the text may begin or end in it.
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        r"(?s)\A.*-----END [A-Z ]*PRIVATE KEY-----",
        # The user information of a URL (RFC 3986, 3.2.1), a password with an @ in it included.
        r"(?<=://)[^\s/?#]*:[^\s/?#]*(?=@)",
        r"""(?i)(?P<before>\b(?:authorization|(?:set-)?cookie)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\][^"'\\\r\n]*""",
        r"(?i)(?P<before>\bbearer\s+)[\w.~+/=-]{8,}",
        # An environment variable or a tag as JSON has it, or a Python or Java program that prints one.
        rf"""(?i)(?P<before>\b(?:name|key){_IS_OR_COLON}{_VALUE}\s*,\s*\\?["']?value{_IS_OR_COLON}){_VALUE}""",
        rf"""(?i)(?P<before>{_NAME}{_IS})(?!["']?arn:){_VALUE}""",
        # Said in a sentence; with a digit in it, because "token not found" is no secret.
        rf"""(?i)(?P<before>{_NAME}\s+(?:is\s+|was\s+)?["']?)(?!arn:)(?=[^\s"',;]*\d)[^\s"',;]{{6,}}""",
        rf"(?i)(?P<before>--{_REST}{_NAME}\s+)[^\s-]\S*",
        # Access key ids (IAM user guide, "unique identifiers") and JSON web tokens.
        r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
        r"\beyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*",
    )
)


def redacted(text: str, known: Collection[str] = ()) -> str:
    """Return `text` without what looks like a secret, and without the values in `known`."""
    for value in sorted(known, key=len, reverse=True):
        if len(value) >= SHORTEST_KNOWN:
            text = _without(_without(text, value), json.dumps(value)[1:-1])
    for shape in _SHAPES:
        text = shape.sub(lambda found: found.groupdict().get("before", "") + MASK, text)
    return text


def _without(text: str, value: str) -> str:
    """Without `value`, and without its beginning at the end: the text may have been cut there."""
    text = text.replace(value, MASK)
    if value[:SHORTEST_KNOWN] not in text[-len(value) :]:
        return text
    cut = next((n for n in range(len(value) - 1, SHORTEST_KNOWN - 1, -1) if text.endswith(value[:n])), 0)
    return text[: len(text) - cut] + MASK if cut else text


def without_secrets(value: JsonValue, known: Collection[str] = ()) -> JsonValue:
    """The same value with every text in it redacted."""
    if isinstance(value, str):
        return redacted(value, known)
    if isinstance(value, list):
        return [without_secrets(each, known) for each in value]
    if isinstance(value, dict):
        return {name: without_secrets(each, known) for name, each in value.items()}
    return value


def secrets_in(text: str) -> Iterator[str]:
    """What looks like a secret in a text, by itself."""
    for shape in _SHAPES:
        for found in shape.finditer(text):
            yield found[0][len(found.groupdict().get("before", "")) :].strip("'\"")


def secrets_of(environment: Mapping[str, str]) -> frozenset[str]:
    """The values of the variables that look like secrets, by their names or by themselves."""
    return frozenset(
        value
        for name, value in environment.items()
        if name not in _SHELL and MASK in redacted(f"{name}={value}")
    )
