"""Which values of deploy files nobody should read elsewhere: AWS and programs repeat what they get.

A value is kept out of texts because of where it stands, whatever it looks like: people put passwords into
every variable, label and option. Left readable is what everybody knows or needs to find a mistake: short
values, numbers, plain words, hosts, paths, ARNs, and what AWS's own things are called.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cage_fsm.redaction import secrets_in, secrets_of

SHORTEST = 8
"""`8080`, `true` or `prod` would blank out half of every message."""

_PLAIN = re.compile(
    r"[\d.,:T+-]+Z?"  # numbers, dates
    r"|[a-z]{1,12}|[A-Z]?[a-z]{0,11}"  # a word
    r"|[a-z]{2}(-[a-z]+)+-\d[a-z]?"  # a region or a zone
    r"|([a-z][a-z0-9+.]*://)?[a-z0-9-]+(\.[a-z0-9-]+)*(\.[a-z]{2,}|:\d+)(:\d+)?"  # a host,
    r"(/[a-z0-9._-]{0,24})*"  # and what may follow it in a URL
    r"|\.{0,2}(/[\w.-]{0,24})+"  # a path
    r"|arn:[\w-]+:.*",
)
_HIDDEN = frozenset({"dockerLabels", "driverOpts", "labels", "options", "properties", "tags"})
_COMMANDS = frozenset({"command", "entryPoint"})
_REFERENCES = frozenset({"valueFrom", "credentialsParameter"})
_NAMES = frozenset({"family", "name", "image", "containerName", "serviceName", "service", "cluster"})
_WORD = re.compile(r"[^\s=,;\"']+")


def known_secrets(described: Any, variables: Collection[str] = ()) -> frozenset[str]:
    """The values to keep out of every text: of what is `described` in AWS's words, and of `variables`."""
    named = set(_named(described))
    found = {*_hidden(described), *(each for each in variables if may_be_secret(each))}
    return frozenset(value for value in found if not any(value in name for name in named))


def may_be_secret(value: str) -> bool:
    """Whether a value that stands where secrets stand is to be kept out of texts."""
    return len(value) >= SHORTEST and _PLAIN.fullmatch(value) is None


def looks_secret(name: str, value: str) -> bool:
    """Whether a value, as of a tag, looks like a secret by its name, its shape, or as machines make them."""
    words = re.split(r"[^A-Za-z0-9]+", value)
    return bool(secrets_of({name: value})) or any(
        len(word) >= SHORTEST and re.search(r"\d", word) and re.search(r"[A-Za-z]", word) for word in words
    )


def _hidden(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _hidden(each)
    if not isinstance(value, Mapping):
        return
    for key, inner in value.items():
        if key == "environment":
            yield from _of_environment(inner)
        elif key in _HIDDEN:
            yield from filter(may_be_secret, _texts(inner))
        elif key in _COMMANDS:
            yield from _of_command(list(_texts(inner)))
        elif key in _REFERENCES:
            yield from (text for text in _texts(inner) if _looks_random(text))
        else:
            yield from _hidden(inner)


def _of_environment(pairs: Any) -> Iterator[str]:
    for pair in pairs:
        name, value = pair.get("name", ""), pair.get("value", "")
        yield from secrets_of({name: value})
        yield from (part for found in secrets_in(value) for part in (found, found.partition(":")[2]))
        yield from (line for line in (value, *value.splitlines()) if may_be_secret(line))


def _of_command(words: list[str]) -> Iterator[str]:
    yield from secrets_in(" ".join(words))
    for word in words:
        yield from (part for part in _WORD.findall(word) if _looks_random(part))


def _looks_random(word: str) -> bool:
    """Whether it mixes small and capital letters and digits, as what machines make up does."""
    kinds = (r"[a-z]", r"[A-Z]", r"\d")
    return may_be_secret(word) and "/" not in word and all(re.search(kind, word) for kind in kinds)


def _named(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _named(each)
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str) and (key in _NAMES or key.startswith("awslogs-")):
                yield inner
            else:
                yield from _named(inner)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value. Of a pair with a key, as a tag is, the value alone."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in ("key", "name"):
                yield from _texts(inner)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
