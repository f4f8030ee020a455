"""The story of reading a deploy directory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cage_fsm.deployfiles.containers import check_containers
from cage_fsm.deployfiles.digests import digest_of
from cage_fsm.deployfiles.document import Document
from cage_fsm.deployfiles.load_balancers import check_load_balancers
from cage_fsm.deployfiles.models import FileModel, service_model, task_definition_model
from cage_fsm.deployfiles.parsing import parse
from cage_fsm.deployfiles.problems import DeployFileError, Problem, refuse
from cage_fsm.deployfiles.source import read_text, require_directory
from cage_fsm.deployfiles.validation import check
from cage_fsm.deployfiles.wrapping import unwrap


@dataclass(frozen=True)
class DeployFiles:
    """A deploy directory with its variables filled in. The repr has no values, since they may be secret."""

    directory: Path
    service: Mapping[str, Any] = field(repr=False)  # as CreateService and UpdateService take it
    task_definition: Mapping[str, Any] = field(repr=False)  # as RegisterTaskDefinition takes it; or empty
    digest: str  # the same wherever the same is rendered
    variables: frozenset[str] = field(default=frozenset(), repr=False)  # the values that were filled in
    overrides: Mapping[str, Any] = field(default_factory=dict, repr=False)  # as RunTask takes them

    @property
    def described(self) -> list[Mapping[str, Any]]:
        """Everything that is given to AWS."""
        return [self.service, self.task_definition, self.overrides]

    @property
    def environment(self) -> dict[str, str]:
        """The variables of all containers, as the task definition gives them."""
        described = self.task_definition.get("containerDefinitions", [])
        pairs = (pair for each in described for pair in each.get("environment", []))
        return {pair["name"]: pair["value"] for pair in pairs if pair.keys() >= {"name", "value"}}

    @property
    def containers(self) -> list[str]:
        """The names of the containers; none where the task definition was not read."""
        return [each["name"] for each in self.task_definition.get("containerDefinitions", [])]

    @property
    def cluster(self) -> str | None:
        cluster: str | None = self.service.get("cluster")
        return cluster

    @property
    def service_name(self) -> str | None:
        name: str | None = self.service.get("serviceName", self.service.get("service"))
        return name


def read(directory: Path, environment: Mapping[str, str], *, registers: bool = True) -> DeployFiles:
    """Read both files of the directory, fill in their variables and check everything that needs no AWS.

    Unless one `registers` the task definition, its file is not looked at. Raises DeployFileError with all the
    problems found. A member that is `null` counts as absent.
    """
    require_directory(directory)
    if not registers:
        return _service_alone(directory, environment)
    service, task_definition = _documents(directory, environment)
    refuse([*check(service, service_model()), *check(task_definition, task_definition_model())])
    refuse([*_names(service), *check_containers(task_definition)])
    refuse(check_load_balancers(service, task_definition))
    digest = digest_of(service.value, task_definition.value)
    filled_in = service.filled_in(environment) | task_definition.filled_in(environment)
    return DeployFiles(directory, service.value, task_definition.value, digest, filled_in)


def _service_alone(directory: Path, environment: Mapping[str, str]) -> DeployFiles:
    service = _document(directory, service_model(), environment)
    refuse(check(service, service_model()))
    refuse(_names(service))
    return DeployFiles(directory, service.value, {}, digest_of(service.value))


def _documents(directory: Path, environment: Mapping[str, str]) -> list[Document]:
    documents: list[Document] = []
    problems: list[Problem] = []
    for model in (service_model(), task_definition_model()):
        try:
            documents.append(_document(directory, model, environment))
        except DeployFileError as error:
            problems.extend(error.problems)
    refuse(problems)
    return documents


def _document(directory: Path, model: FileModel, environment: Mapping[str, str]) -> Document:
    path = directory / model.file
    return unwrap(parse(str(path), read_text(path), environment), model)


def _names(service: Document) -> list[Problem]:
    created, updated = service.value.get("serviceName"), service.value.get("service")
    if None in (created, updated) or created == updated:
        return []
    return [service.problem(("service",), "and `serviceName` name two services; keep one of them")]
