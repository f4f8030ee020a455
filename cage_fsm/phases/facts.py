"""What a run was asked for and what it has learned, as closed shapes inside the record."""

import shlex
from datetime import date
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, JsonValue, ValidationError

from cage_fsm.engine.definition import Closed, Duration, Seconds
from cage_fsm.engine.ports import Unreadable
from cage_fsm.engine.record import Record
from cage_fsm.engine.run import Run
from cage_fsm.judge.alarm import WithoutData
from cage_fsm.judge.restarts import Life

Arn = Annotated[str, Field(pattern=r"^(arn(:[^:\s]*){4}:\S+)?$")]
"""As AWS writes it; empty where it is not known yet."""


class Before(Closed):
    """What a rollout changes of a service besides its revision, as it was: what a rollback needs.

    `changed` are the fields of UpdateService, `fields` what undoes them. Of those `in_revision` the old
    values may be secret: they stay in the service revision `revision`. `tags` are those that change; None:
    it was not there.
    """

    changed: tuple[str, ...] = ()
    fields: dict[str, JsonValue] = {}
    in_revision: tuple[str, ...] = ()
    revision: Arn = ""
    tags: dict[str, str | None] = {}
    desired_count: int | None = None

    @property
    def of_files(self) -> bool:
        """Whether service.json is needed to change it."""
        return bool(self.changed or self.tags)

    @property
    def names(self) -> list[str]:
        """What changes, in AWS's words."""
        return [
            *self.changed,
            *["tags"] * bool(self.tags),
            *["desiredCount"] * (self.desired_count is not None),
        ]

    def __bool__(self) -> bool:
        return self.of_files or self.desired_count is not None


class Inputs(Closed):
    """What the user asked for. Of the rendered files only the digest: they may hold secrets."""

    cluster: str = ""
    service: str = ""
    region: str = ""
    directory: str | None = None
    files_digest: str | None = None
    keep_failing: bool = False
    alarms: tuple[str, ...] = ()
    alarm_without_data: WithoutData = "wait"
    probe: str | None = None
    """A command line for `shlex.split`."""
    probe_seconds: Seconds = 30
    canary_instance: str | None = None
    """The container instance that the canary is to run on: its id, its ARN, or its EC2 id."""
    approval: bool = False
    durations: dict[Duration, Seconds] = {}
    audit_gate: tuple[str, ...] = ()
    """Severities: findings like these, or graver, that the running images do not have refuse the rollout."""
    audit_allow_unknown: bool = False
    audit_waivers: dict[str, date] = {}
    """Ids of findings that do not count, each with the last day on which that holds."""
    of_run: str | None = None
    """For a rollback: the run that it undoes; `baseline` and `task_definition` are that run's."""
    baseline: str | None = None
    task_definition: str | None = None
    """For a rollout: the revision that exists and is wanted, by ARN, `family:revision` or family."""
    container: str = ""
    """The container of the one-off task that gets `command`, a list of words."""
    command: tuple[str, ...] = ()
    overrides_file: str | None = None
    """For a run: where the file with the other overrides is; of what it holds only the digest is kept."""
    overrides_digest: str | None = None
    no_logs: bool = False
    force_new_deployment: bool = False
    """Whether it is wanted even if it runs already."""
    update_service: bool = False
    """Whether the service gets the fields and tags of service.json."""
    require_parity: bool = False
    """Whether a canary that is not like a task of the service is refused."""
    desired_count: int | None = None
    """The one that the service gets; None: it keeps its own."""
    before: Before = Before()
    """For a rollback: that run's."""

    @property
    def one_off(self) -> str:
        """The command of the one-off task with its container, as it is typed."""
        return f"{self.container}: {shlex.join(self.command)}"

    @classmethod
    def of(cls, record: Record) -> "Inputs":
        """The inputs of a record. Raises Unreadable when they are not of this shape."""
        try:
            return cls.model_validate(record.inputs)
        except ValidationError:
            raise _foreign(record, "inputs") from None


class Group(Closed):
    """A target group of the service and what sets its rhythm; times in seconds."""

    arn: str
    container: str
    port: int
    target_type: str = "ip"
    protocol: str = ""
    interval: int
    healthy_threshold: int
    unhealthy_threshold: int
    drain: Seconds


class Container(Closed):
    """A container of the new revision; `checked` when it has a health check. Times in seconds.

    `not_restarted_on`: the exit codes after which its restart policy lets it be; None without a policy.
    `pinned`: its image is named by a digest and cannot move, though one of another platform may show.
    """

    name: str
    essential: bool
    checked: bool
    start_period: Seconds
    interval: Seconds = 30
    ports: tuple[int, ...] = ()
    not_restarted_on: tuple[int, ...] | None = None
    pinned: bool = False


class Target(Closed):
    """The canary in one target group."""

    group_arn: str
    id: str
    port: int

    @property
    def call(self) -> str:
        """What tells the calls for this target apart from those for the others."""
        return f"{self.group_arn.partition('targetgroup/')[2]}:{self.port}"


class Asked(Closed):
    """What somebody is to approve. `hash` is over the revision, `images` and `shown`."""

    hash: str
    at: AwareDatetime
    images: dict[str, str]
    """The digest that each container of the canary runs."""
    shown: dict[str, JsonValue]
    """The evidence of the bake."""


class Decision(Closed):
    """What somebody answered to the question with this `hash`."""

    approved: bool
    hash: str
    by: str
    at: AwareDatetime


class Facts(Closed):
    """What was learned. Everything is optional: a crash may come before any of it."""

    service_arn: Arn = ""
    service_name: str = ""
    cluster_arn: Arn = ""
    cluster_name: str = ""
    region: str = ""
    desired_count: int = 0
    grace: Seconds = 0
    baseline: str = ""
    baseline_deployment: str = ""
    baseline_at: AwareDatetime | None = None
    """When, by AWS's clock, that deployment was made."""
    before: Before = Before()
    unchanged: bool = False
    host_ports: str = ""
    cleanup_denied: bool = False
    network_mode: str = "awsvpc"
    launch: dict[str, Any] = {}
    tagged: bool = False
    """Whether RunTask needs more, which is never kept: tags may hold secrets."""
    groups: tuple[Group, ...] = ()
    task_definition: str = ""
    containers: tuple[Container, ...] = ()
    task_arn: str = ""
    task_seen: bool = False
    address: str = ""
    container_instance: str = ""
    """The ARN of the canary's host, once its port there was looked for."""
    one_off_task: Arn = ""
    one_off_seen: bool = False
    one_off_in_doubt: bool = False
    """Whether nobody can tell if it was started: RunTask was not answered, and no such task is shown."""
    exit_code: int | None = None
    """The code that the container of the one-off task ended with."""
    log_position: str = ""
    """Up to where the lines of that container were shown: a nextForwardToken."""
    lives: dict[str, Life] = {}
    """Of the containers that have a restart policy."""
    images: dict[str, str] = {}
    """The digests that the containers of the canary were judged with."""
    targets: tuple[Target, ...] = ()
    registered: tuple[str, ...] = ()
    not_ours: tuple[str, ...] = ()
    updated: bool = False
    created: bool = False
    """Whether the service is proved to be created by this run."""
    created_at: AwareDatetime | None = None
    """When, by AWS's clock."""
    deployment: str = ""
    """The id of our deployment, where the revision does not tell which one is ours."""
    service_deployment: str = ""
    deployment_seen: bool = False
    deployment_complete: bool = False
    images_compared: bool = False
    baseline_sent: bool = False
    tags_restored: bool = False
    let_go: bool = False
    approval: Asked | None = None
    decision: Decision | None = None

    @classmethod
    def of(cls, record: Record) -> "Facts":
        """The facts of a record. Raises Unreadable when they are not of this shape."""
        try:
            return cls.model_validate(record.facts)
        except ValidationError:
            raise _foreign(record, "facts") from None

    @property
    def again(self) -> bool:
        """Whether the revision that runs is deployed anew."""
        return bool(self.baseline) and self.task_definition == self.baseline

    @property
    def no_way_back(self) -> bool:
        """Whether there is nothing else to go back to than what runs."""
        return self.again and not self.before

    @property
    def registered_everywhere(self) -> bool:
        """Whether RegisterTargets was answered for each target that is known."""
        return {target.call for target in self.targets} <= set(self.registered)

    @property
    def essential(self) -> frozenset[str]:
        """The containers without which the canary is dead."""
        return frozenset(each.name for each in self.containers if each.essential)

    @property
    def checked(self) -> frozenset[str]:
        """The containers that have a health check."""
        return frozenset(each.name for each in self.containers if each.checked)

    @property
    def restart_policies(self) -> dict[str, tuple[int, ...]]:
        """The containers that ECS restarts, with the exit codes after which it does not."""
        found = {each.name: each.not_restarted_on for each in self.containers}
        return {name: codes for name, codes in found.items() if codes is not None}


def learn(run: Run, **found: Any) -> Facts:
    """Save facts just learned, and return all of them. An unknown name is a mistake of ours: TypeError."""
    if unknown := set(found) - set(Facts.model_fields):
        message = f"{unknown} are no facts."
        raise TypeError(message)
    plain: dict[str, JsonValue] = Facts.model_validate(found).model_dump(mode="json", include=set(found))
    run.note(**plain)
    return Facts.of(run.record)


def _foreign(record: Record, part: str) -> Unreadable:
    message = (
        f"The {part} of run {record.id} are damaged or were written by another version of cage-fsm. Nothing "
        "was done with it. Use the version that wrote it, or restore it from a backup."
    )
    return Unreadable(message)
