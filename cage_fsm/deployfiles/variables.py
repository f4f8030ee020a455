"""`${VAR}` in a text becomes the value of the variable.

    ${VAR}            the value; a variable that is not set is an error
    ${VAR:-default}   the default when the variable is not set or empty
    $${               a literal ${

Everything else with a `$` stays as it is. What was put in is not looked at again.
"""

import re
from collections.abc import Callable, Mapping

from cage_fsm.deployfiles.places import quoted

_PIECE = re.compile(
    r"(?P<literal>\$\$\{)"
    r"|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?P<default>(?:(?!\$\{)[^}])*))?\}"
    r"|(?P<odd>\$\{[^}]{0,40}\}?)"
)


def expand(text: str, environment: Mapping[str, str], complain: Callable[[str], None]) -> str | None:
    """Return the text with its variables filled in, or None after complaining of each one that cannot be."""
    found = [_value(piece, environment, complain) for piece in _PIECE.finditer(text)]
    if None in found:
        return None
    values = iter(found)
    return _PIECE.sub(lambda _: next(values) or "", text)


def has_variable(text: str) -> bool:
    """Tell whether the text has a `${` that is not written as a literal one."""
    return any(not piece["literal"] for piece in _PIECE.finditer(text))


def variables_of(text: str) -> list[str]:
    """Return the names of the variables in a text."""
    return [piece["name"] for piece in _PIECE.finditer(text) if piece["name"]]


def _value(
    piece: re.Match[str], environment: Mapping[str, str], complain: Callable[[str], None]
) -> str | None:
    if piece["literal"]:
        return "${"
    name, default = piece["name"], piece["default"]
    if default is not None:
        return environment.get(name) or default
    if name is not None and name in environment:  # os.environ cannot be asked for None
        return environment[name]
    complain(_unset(name) if name else _odd(piece["odd"]))
    return None


def _unset(name: str) -> str:
    return f"needs the variable {name}, which is not set; set it, or write `${{{name}:-default}}`"


def _odd(text: str) -> str:
    forms = "neither `${NAME}` nor `${NAME:-default}`"
    return f"has `{quoted(text)}`, which is {forms}; write `$${{` for a literal `${{`"
