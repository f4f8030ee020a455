"""The file with what a one-off task gets besides its command."""

import json
from pathlib import Path
from typing import Any

import pytest

from cage_fsm.deployfiles import DeployFileError, Overrides, read_overrides, with_command


def read(place: Path, content: Any, **environment: str) -> Overrides:
    file = place / "more.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return read_overrides(file, environment, "web", ["web", "log"])


def test_variables_are_filled_in_and_a_wrapper_is_taken_off(tmp_path: Path) -> None:
    content = {"overrides": {"cpu": "${CPU}", "containerOverrides": [{"name": "log", "memory": 64}]}}
    found = read(tmp_path, content, CPU="512")

    assert found.value == {"cpu": "512", "containerOverrides": [{"name": "log", "memory": 64}]}
    assert found.variables == {"512"}
    assert found.digest == read(tmp_path, found.value).digest
    assert "512" not in repr(found)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"containerOverides": []}, "did you mean `containerOverrides`?"),
        ({"memory": 512}, "`memory` must be"),
        ({"containerOverrides": [{"memory": 64}]}, "`containerOverrides[0]` has no `name`"),
        ({"containerOverrides": [{"name": "weeb"}]}, "did you mean `web`?"),
        ({"containerOverrides": [{"name": "log"}, {"name": "log"}]}, "is there twice"),
        ({"containerOverrides": [{"name": "web", "command": ["a"]}]}, "is given on the command line as well"),
        ('{"cpu": "${UNSET}"}', "UNSET"),
        ("[]", "must hold one JSON object"),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_its_mend(tmp_path: Path, content: Any, said: str) -> None:
    with pytest.raises(DeployFileError) as caught:
        read(tmp_path, content)

    assert said in str(caught.value)
    assert "more.json:1" in str(caught.value)


def test_the_command_joins_what_its_container_gets_besides() -> None:
    given = {"containerOverrides": [{"name": "web", "cpu": 1}, {"name": "log", "cpu": 2}], "cpu": "3"}

    assert with_command(given, "web", ("a", "b")) == {
        "containerOverrides": [{"name": "log", "cpu": 2}, {"name": "web", "cpu": 1, "command": ["a", "b"]}],
        "cpu": "3",
    }
    assert with_command({}, "web", ("a",)) == {"containerOverrides": [{"name": "web", "command": ["a"]}]}
