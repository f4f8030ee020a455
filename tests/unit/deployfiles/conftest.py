"""A deploy directory to write, read and complain about."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cage_fsm.deployfiles import DeployFileError, DeployFiles, read

CONTAINER = {"name": "web", "image": "web:1", "portMappings": [{"containerPort": 8080}]}


class DeployDirectory:
    """A directory with two files that are right, until a test writes others."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.service({"cluster": "demo", "serviceName": "web"})
        self.task_definition({"family": "web", "containerDefinitions": [CONTAINER]})

    def service(self, content: Any) -> None:
        self._write("service.json", content)

    def task_definition(self, content: Any) -> None:
        self._write("task-definition.json", content)

    def containers(self, *containers: Mapping[str, Any]) -> None:
        self.task_definition({"family": "web", "containerDefinitions": list(containers)})

    def read(self, **environment: str) -> DeployFiles:
        return read(self.path, environment)

    def complaints(self, **environment: str) -> list[str]:
        """Return the lines of the error, without the directory, which differs from test to test."""
        with pytest.raises(DeployFileError) as caught:
            self.read(**environment)
        return [line.removeprefix(f"{self.path}/") for line in str(caught.value).splitlines()]

    def complaint(self, **environment: str) -> str:
        (line,) = self.complaints(**environment)
        return line

    def _write(self, name: str, content: Any) -> None:
        text = content if isinstance(content, str) else json.dumps(content, indent=2)
        (self.path / name).write_text(text, encoding="utf-8")


@pytest.fixture
def deploy(tmp_path: Path) -> DeployDirectory:
    return DeployDirectory(tmp_path)
