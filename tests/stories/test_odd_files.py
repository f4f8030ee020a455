"""Deploy files as people really have them, with values that would break them if they were put in as text."""

from pathlib import Path
from typing import Any

from cage_fsm.deployfiles import read
from tests.stories.stage import Stage

FILES = Path(__file__).parent / "odd_files"
CERTIFICATE = '-----BEGIN "X"-----\nab\\c\n-----END-----\n'
ENVIRONMENT = {
    "SERVICE": "odd",
    "COUNT": "1",
    "PORT": "8080",
    "IMAGE_TAG": "v2",
    "EMPTY": "",
    "GREETING": 'say "hi" \\ & ${IMAGE_TAG}',
    "CERTIFICATE": CERTIFICATE,
    "WINDOWS_PATH": "C:\\new\\table",
    "TEMPLATE": '${HOSTNAME} $${HOME} {"a": 1}',
}


def test_they_are_rolled_out_with_every_value_as_it_was_meant() -> None:
    stage = Stage(files=read(FILES, ENVIRONMENT))
    stage.rollout()

    assert stage.outcome == ("succeeded", 0)
    assert stage.left.left == ()
    (registered,) = (call.params for call in stage.calls("RegisterTaskDefinition"))
    app, router = registered["containerDefinitions"][:2]
    assert {each["name"]: each["value"] for each in app["environment"]} == {
        "GREETING": 'say "hi" \\ & ${IMAGE_TAG}',
        "MULTI_LINE": CERTIFICATE,
        "WINDOWS": "C:\\new\\table",
        "TEMPLATE": '${HOSTNAME} $${HOME} {"a": 1}',
        "LITERAL": "${NOT_OURS} $NEITHER $$ ",
        "DEFAULTED": 'a {b: "c"',
        "JSON": '{"a": [1, "\\u00e9"]}',
        "UNICODE": "naïve ☃ 🐤 \u202e\t日本語",
    }
    assert app["command"][2] == (
        'echo "${HOSTNAME}: $HOME $$ 100%"; exec app --greeting "say "hi" \\ & ${IMAGE_TAG}"'
    )
    assert app["healthCheck"]["command"][1].startswith('curl -fsS "http://${HOSTNAME}:8080/healthz?q=%22"')
    assert app["secrets"][1]["valueFrom"] == "/odd/v2/api-key"
    assert app["logConfiguration"]["options"]["log_group_name"] == "/odd/$(ecs_task_id)"
    assert router["logConfiguration"]["options"]["awslogs-multiline-pattern"] == '^\\[\\d{4}-\\d{2}"'
    assert _drivers(registered) == _drivers(stage.files.task_definition)
    assert len(_drivers(registered)) == 8


def test_what_a_variable_held_is_nowhere_in_the_record() -> None:
    secret = 'hunter2 \\ "and" so\non'
    stage = Stage(files=read(FILES, ENVIRONMENT | {"CERTIFICATE": secret, "GREETING": secret}))
    stage.rollout()

    assert stage.record
    assert "hunter2" not in stage.record.model_dump_json()


def _drivers(definition: Any) -> set[str]:
    return {each["logConfiguration"]["logDriver"] for each in definition["containerDefinitions"]}
