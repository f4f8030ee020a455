"""A whole deploy directory, read."""

import json
import re
import traceback
from pathlib import Path
from typing import Any

import pytest

from cage_fsm.deployfiles import DeployFileError, read

from .conftest import CONTAINER, DeployDirectory

EXAMPLE = Path(__file__).parents[3] / "examples" / "web"
SECRET = "hunter2"


def test_the_example_is_right() -> None:
    files = read(EXAMPLE, {"IMAGE_TAG": "v1"})

    assert (files.cluster, files.service_name) == ("demo", "web")
    assert files.task_definition["containerDefinitions"][0]["image"].endswith("/web:v1")


def test_cluster_and_service_may_be_left_to_flags(deploy: DeployDirectory) -> None:
    deploy.service({})
    files = deploy.read()

    assert (files.cluster, files.service_name) == (None, None)


def test_a_missing_directory_is_said_once(tmp_path: Path) -> None:
    with pytest.raises(DeployFileError, match=re.escape(f"{tmp_path}/none: there is no such directory.")):
        read(tmp_path / "none", {})


def test_a_file_in_place_of_the_directory_is_refused() -> None:
    with pytest.raises(DeployFileError, match=r"service\.json: this is a file, not a directory\."):
        read(EXAMPLE / "service.json", {})


def test_missing_files_are_named_with_what_was_probably_meant(deploy: DeployDirectory) -> None:
    (deploy.path / "service.json").unlink()
    (deploy.path / "task-definition.json").rename(deploy.path / "taskdefinition.json")

    assert deploy.complaints() == [
        "service.json: there is no such file.",
        "task-definition.json: there is no such file; did you mean taskdefinition.json?",
    ]


def test_a_file_that_cannot_be_read_says_why(deploy: DeployDirectory) -> None:
    (deploy.path / "service.json").unlink()
    (deploy.path / "service.json").mkdir()

    assert deploy.complaint() == "service.json: the file cannot be read: Is a directory."


def test_a_file_that_is_not_utf_8_is_refused_with_the_line(deploy: DeployDirectory) -> None:
    (deploy.path / "service.json").write_bytes(b'{\n"cluster": "caf\xe9"}')

    assert deploy.complaint() == "service.json:2: the file is not UTF-8; save it as UTF-8."


def test_a_byte_order_mark_is_tolerated(deploy: DeployDirectory) -> None:
    (deploy.path / "service.json").write_bytes(b'\xef\xbb\xbf{"cluster": "demo"}')

    assert deploy.read().cluster == "demo"


def test_problems_of_both_files_are_shown_together(deploy: DeployDirectory) -> None:
    deploy.service('{"cluster": "${CLUSTER}"')
    deploy.task_definition('{"family": "${FAMILY}", "family": 1}')

    assert [line.partition(": ")[0] for line in deploy.complaints()] == [
        "service.json:1",
        "service.json:1:25",
        "task-definition.json:1",
        "task-definition.json:1",
    ]


def test_the_digest_tells_what_is_rendered_and_not_how_it_is_written(deploy: DeployDirectory) -> None:
    deploy.service('{"cluster": "demo", "serviceName": "${NAME}"}')
    first = deploy.read(NAME="web").digest
    deploy.service('{\n"serviceName": "web", "launchType": null, "cluster": "${C:-demo}"}')

    assert deploy.read().digest == first
    assert re.fullmatch("[0-9a-f]{64}", first)


def test_the_digest_changes_with_either_file(deploy: DeployDirectory) -> None:
    deploy.service({"cluster": "${A}"})
    deploy.task_definition({"family": "${B}", "containerDefinitions": [CONTAINER]})
    digests = {deploy.read(A=a, B=b).digest for a in ("x", "y") for b in ("x", "y")}

    assert len(digests) == 4


def test_repr_shows_no_rendered_value(deploy: DeployDirectory) -> None:
    deploy.containers({**CONTAINER, "environment": [{"name": "PASSWORD", "value": "${PASSWORD}"}]})

    files = deploy.read(PASSWORD=SECRET)

    assert SECRET in json.dumps(files.task_definition)
    assert SECRET not in repr(files)


@pytest.mark.parametrize(
    ("service", "container"),
    [
        ({"launchType": "${S}"}, {}),
        ({"desiredCount": "${S}"}, {}),
        ('{"desiredCount": ${S}}', {}),
        ({"loadBalancers": [{"containerName": "${S}", "containerPort": 80}]}, {}),
        ({"loadBalancers": [{"containerName": "${S}", "containerPort": 80}]}, {"name": "${S}"}),
        ({"service": "${S}", "serviceName": "web"}, {}),
        ({"tags": [{"key": "${S}" * 30}]}, {}),
        ({}, {"image": "${S}:"}),
        ({}, {"essential": "${S}"}),
        ({}, {"dependsOn": [{"containerName": "${S}", "condition": "START"}]}),
        ({}, {"dependsOn": [{"containerName": "web", "condition": "${S}"}]}),
        ({}, {"name": "${S}", "dependsOn": [{"containerName": "${S}", "condition": "START"}]}),
    ],
)
def test_no_error_shows_what_a_variable_holds(
    deploy: DeployDirectory, service: Any, container: dict[str, Any]
) -> None:
    deploy.service(service)
    deploy.containers({**CONTAINER, **container})
    with pytest.raises(DeployFileError) as caught:
        deploy.read(S=SECRET)

    shown = "".join(traceback.format_exception(caught.value))

    assert SECRET not in shown


def test_a_port_from_a_variable_is_shown_as_it_is_written(deploy: DeployDirectory) -> None:
    deploy.service('{"loadBalancers": [{"containerName": "web", "containerPort": ${PORT}}]}')

    assert "containerPort` is `${PORT}`, but container `web`" in deploy.complaint(PORT="31337")


def test_words_from_a_file_cannot_steer_a_terminal(deploy: DeployDirectory) -> None:
    deploy.service({"launchType": "\x1b[2J", "\x1b[31m": 1})

    assert "\x1b" not in "".join(deploy.complaints())
