"""The text of a deploy file becomes values that know their lines, with the variables filled in.

Scalars are decoded by the json module; walked here are only the objects and lists around them, to know the
line of every value. Variables are expanded in strings after decoding, so that no value can break the JSON. A
`${VAR}` outside quotes, as in `"desiredCount": ${COUNT}`, must hold one number, true, false or null.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, NoReturn

from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.places import Place, dotted, quoted
from cage_fsm.deployfiles.problems import DeployFileError, Problem, refuse
from cage_fsm.deployfiles.scalars import ScalarError, decode, decode_bare, is_text
from cage_fsm.deployfiles.variables import expand, has_variable

_DEEPEST = 64
_SPACE = re.compile(r"[ \t\n\r]*")
_BARE = re.compile(r"\$\{[^}\n]*\}?")


def parse(file: str, text: str, environment: Mapping[str, str]) -> Document:
    """Return the document, or raise everything that is wrong with its JSON and its variables."""
    parser = _Parser(file, text, environment)
    document = parser.document()
    refuse(parser.problems)
    return document


class _Parser:
    def __init__(self, file: str, text: str, environment: Mapping[str, str]) -> None:
        self.problems: list[Problem] = []
        self._file, self._text, self._environment = file, text, environment
        self._at = 0
        self._lines: dict[Place, int] = {}
        self._templates: dict[Place, str] = {}

    def document(self) -> Document:
        value = self._value(())
        if self._peek():
            self._give_up("there is more after the end of the JSON")
        return Document(self._file, value, self._lines, self._templates)

    def _value(self, place: Place) -> Any:
        if len(place) > _DEEPEST:
            self._give_up("this is nested too deeply")
        first = self._peek()
        self._lines.setdefault(place, self._line(self._at))
        return self._BY_FIRST.get(first, _Parser._scalar)(self, place)

    def _object(self, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        more = self._open("}")
        while more:
            key = self._key(place)
            found[key] = self._value((*place, key))
            more = self._another("}")
        return found

    def _array(self, place: Place) -> list[Any]:
        found: list[Any] = []
        more = self._open("]")
        while more:
            found.append(self._value((*place, len(found))))
            more = self._another("]")
        return found

    def _open(self, closing: str) -> bool:
        """Step into an object or a list, and tell whether anything is in it."""
        self._at += 1
        if self._peek() != closing:
            return True
        self._at += 1
        return False

    def _another(self, closing: str) -> bool:
        """Step over the comma and tell that there is another one, or step out of the object or list."""
        comma, following = self._at, self._peek()
        if following not in (",", closing) or not following:
            self._give_up(f"a comma or `{closing}` is missing here")
        self._at += 1
        if following == "," and self._peek() == closing:
            self._give_up(f"there is a comma too many before this `{closing}`", comma)
        return following == ","

    def _key(self, place: Place) -> str:
        if self._peek() != '"':
            self._give_up("a field name in double quotes is missing here")
        line, written = self._line(self._at), self._scalar(place)
        key: str = written.replace("$${", "${")
        inner = (*place, key)
        if first := self._lines.get(inner):
            self._note(inner, f"is written twice in one object, first on line {first}", line)
        self._lines.setdefault(inner, line)
        if has_variable(written):
            self._note(inner, "is a field name, where variables are not expanded; write the name itself")
        if self._peek() != ":":
            self._give_up("a colon is missing after the field name")
        self._at += 1
        return key

    def _string(self, place: Place) -> str:
        text: str = self._scalar(place)
        if "${" in text:
            self._templates[place] = text
            text = self._expand(place) or ""
        if not is_text(text):
            self._note(place, "is not text that UTF-8 can carry")
        return text

    def _bare(self, place: Place) -> Any:
        written = _BARE.match(self._text, self._at)
        if not written:
            self._give_up("outside quotes, `$` has a meaning only in `${NAME}`")
        self._at = written.end()
        self._templates[place] = written[0]
        text = self._expand(place)
        if text is None:
            return None
        try:
            return decode_bare(text)
        except ScalarError as error:
            mend = f"put quotes around `{quoted(written[0])}` if it is text"
            self._note(place, f"stands outside quotes, but {error.words}; {mend}")
            return None

    def _expand(self, place: Place) -> str | None:
        return expand(self._templates[place], self._environment, lambda words: self._note(place, words))

    def _scalar(self, _place: Place) -> Any:
        try:
            value, self._at = decode(self._text, self._at)
        except ScalarError as error:
            self._give_up(error.words, error.at)
        return value

    def _peek(self) -> str:
        """Skip white space and return the character after it, or nothing at the end."""
        space = _SPACE.match(self._text, self._at)
        assert space
        self._at = space.end()
        return self._text[self._at : self._at + 1]

    def _line(self, at: int) -> int:
        return self._text.count("\n", 0, at) + 1

    def _note(self, place: Place, words: str, line: int | None = None) -> None:
        path = dotted(place)
        self.problems.append(Problem(self._file, f"`{path}` {words}", line or self._lines[place]))

    def _give_up(self, words: str, at: int | None = None) -> NoReturn:
        at = self._at if at is None else at
        column = at - self._text.rfind("\n", 0, at)
        raise DeployFileError(
            [*self.problems, Problem(self._file, f"not JSON: {words}", self._line(at), column)]
        )

    _BY_FIRST: ClassVar[Mapping[str, Callable[["_Parser", Place], Any]]] = {
        "{": _object,
        "[": _array,
        '"': _string,
        "$": _bare,
    }
