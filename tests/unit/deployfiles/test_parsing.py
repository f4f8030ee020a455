"""JSON with lines: the same values as the json module, better words."""

import json
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cage_fsm.deployfiles.parsing import parse
from cage_fsm.deployfiles.problems import DeployFileError

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def refusal(text: str) -> str:
    with pytest.raises(DeployFileError) as caught:
        parse("f.json", text, {})
    return str(caught.value)


@settings(deadline=None)
@given(VALUES, st.sampled_from([None, 0, 2, "\t"]), st.booleans())
def test_text_without_variables_is_parsed_exactly_as_json_does(
    value: Any, indent: Any, ascii_only: bool
) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assume("${" not in text)

    assert json.loads(text) == parse("f.json", text, {}).value


@settings(deadline=None)
@given(st.text(alphabet='{}[]",:01-.eEtrufalsn \\\n', max_size=12))
def test_what_json_refuses_is_refused_and_nothing_else(text: str) -> None:
    try:
        expected = json.loads(text, object_pairs_hook=_without_duplicates)
    except ValueError:
        refusal(text)
    else:
        assert expected == parse("f.json", text, {}).value


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("", "1:1", "a value is missing here, or is not written as JSON"),
        ('{\n  "a": 1,\n}', "2:9", "there is a comma too many before this `}`"),
        ("[1,]", "1:3", "there is a comma too many before this `]`"),
        ('{"a": 1 "b": 2}', "1:9", "a comma or `}` is missing here"),
        ('{"a": [1, 2', "1:12", "a comma or `]` is missing here"),
        ("{'a': 1}", "1:2", "a field name in double quotes is missing here"),
        ('{"a" 1}', "1:6", "a colon is missing after the field name"),
        ('{"a": tru}', "1:7", "a value is missing here, or is not written as JSON"),
        ('{"a": "x\ny"}', "1:9", "a string ends on its line; write \\n for a line break and \\t for a tab"),
        ('{"a": "x', "1:7", "this string has no closing quote"),
        ('{"a": "\\q"}', "1:8", "a backslash in a string must be doubled or begin an escape such as \\n"),
        ('{"a": NaN}', "1:7", "NaN is not a JSON number"),
        ('{"a": -Infinity}', "1:7", "-Infinity is not a JSON number"),
        ('{"a": 1e999}', "1:7", "this number is too large"),
        ('{"a": ' + "1" * 5000 + "}", "1:7", "this number is too large"),
        ('{"a": $COUNT}', "1:7", "outside quotes, `$` has a meaning only in `${NAME}`"),
        ("{} {}", "1:4", "there is more after the end of the JSON"),
        ("// old\n{}", "1:1", "a value is missing here, or is not written as JSON"),
        ("[" * 100, "1:66", "this is nested too deeply"),
    ],
)
def test_a_mistake_in_the_json_is_named_with_line_and_column(text: str, where: str, words: str) -> None:
    assert refusal(text) == f"f.json:{where}: not JSON: {words}."


def test_a_field_written_twice_is_refused_with_both_lines() -> None:
    text = '{\n"a": {"b": 1,\n"c": 2,\n"b": 3}\n}'

    assert refusal(text) == "f.json:4: `a.b` is written twice in one object, first on line 2."


def test_half_a_surrogate_pair_is_refused() -> None:
    assert refusal('{"a": "\\ud800"}') == "f.json:1: `a` is not text that UTF-8 can carry."


def test_every_value_knows_the_line_of_its_name() -> None:
    document = parse("f.json", '{\n"a":\n [\n 1,\n {"b": 2}\n]}', {})
    places = [(), ("a",), ("a", 0), ("a", 1), ("a", 1, "b")]

    assert [document.line(place) for place in places] == [1, 2, 4, 5, 5]
