import io
import json

from cage_fsm.report.jsonl import JsonLines

from .samples import ID, seen


def test_an_event_is_an_object_with_exactly_the_documented_keys() -> None:
    out = io.StringIO()
    JsonLines(out, ID)(seen("the task is\nPENDING"))
    assert json.loads(out.getvalue()) == {
        "at": "2026-11-23T04:10:16Z",
        "kind": "seen",
        "state": "launching_canary",
        "words": "the task is\nPENDING",
        "evidence": {},
        "run": ID,
    }


def test_every_object_is_one_ascii_line() -> None:
    out = io.StringIO()
    reader = JsonLines(out, ID)
    reader(seen("größer\u2028\nünlich"))
    reader(seen("again"))
    assert out.getvalue().isascii()
    assert len(out.getvalue().splitlines()) == 2
