"""What is to be said of a service that is there."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cage_fsm.aws.elbv2 import DRAIN_SECONDS
from cage_fsm.engine.ports import Store
from cage_fsm.engine.record import Record
from cage_fsm.judge.seen import TaskSeen, short
from cage_fsm.phases.host_ports import crowded
from cage_fsm.phases.obstacles import Case
from cage_fsm.phases.parity import Point
from cage_fsm.phases.service_update import revision_of
from cage_fsm.plan import changes, times
from cage_fsm.plan.asking import Asking
from cage_fsm.plan.refusing import refused, waited_for
from cage_fsm.plan.shapes import Change, Expected, Unanswered, WayBack
from cage_fsm.plan.way_back import NOWHERE, way_back

Json = Mapping[str, Any]

MOST_TASKS = 100
"""As many as DescribeTasks takes at once; their images and times are like those of the others."""


@dataclass(frozen=True)
class Seen:
    """What was found out of a service; of one that is not there, nothing."""

    runs: str | None = None
    compared: bool = False
    """Whether the revision that runs could be read."""
    changes: tuple[Change, ...] = ()
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    way_back: WayBack = NOWHERE
    times: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(frozen=True)
class Looking:
    """Looks at the service of a case; `files` is service.json, `newest` gives the newest runs."""

    case: Case
    asking: Asking
    store: Store
    newest: Callable[[], Iterable[Record]]
    files: Json

    def look(self) -> Seen:
        """Every check, each by itself."""
        case, asking = self.case, self.asking
        refusals = tuple(refused(asking, case, self.store))
        return Seen(
            runs=short(case.runs) or None,
            compared=bool(self._baseline),
            changes=tuple(self._changes()),
            refusals=refusals,
            warnings=tuple(self._warnings()),
            points=tuple(case.points()),
            way_back=way_back(case.aws, asking, case.runs, self._baseline, self._tasks),
            times=self._times(),
        )

    @cached_property
    def _baseline(self) -> Json | None:
        what = "the revision that runs"
        found = self.asking.told(what, self.case.baseline)
        if found == {}:  # `baseline_of` does without one that may not be read
            words = "ecs:DescribeTaskDefinition was refused"
            self.asking.unanswered.append(Unanswered(what, "not permitted to look", words))
        return found

    @cached_property
    def _tasks(self) -> list[TaskSeen]:
        ecs, now, asked = self.case.aws.ecs, self.case.now, self.asking.asked
        cluster, name = now["clusterArn"], now["serviceName"]
        arns = asked("which tasks run", lambda: ecs.task_arns(cluster, serviceName=name)) or []
        if not arns:
            return []
        return asked("the tasks that run", lambda: ecs.tasks(cluster, arns[:MOST_TASKS])) or []

    def _changes(self) -> Iterator[Change]:
        if self._baseline:
            yield from changes.of_definition(self._baseline, self.case.definition)
        case = self.case
        revision = self.asking.told(
            "the service revision", lambda: revision_of(case.aws, case.now, self.files)
        )
        yield from changes.of_service(case, self.files, revision or {})

    def _warnings(self) -> Iterator[str]:
        case = self.case
        yield from waited_for(case)
        found = self.asking.asked("host ports", lambda: crowded(case.aws, case.service, case.definition))
        if found:
            yield found

    def _times(self) -> dict[str, Expected]:
        case, asking = self.case, self.asking
        groups = asking.told("the target groups", case.groups) or []
        drains = [self._drain(group.arn) for group in groups]
        records = asking.asked("the earlier runs", lambda: list(self.newest())) or []
        known = {
            **times.from_settings(case.definition, groups, max(drains, default=0), case.inputs),
            **times.from_tasks(self._tasks),
            **times.from_history(records, case.service["serviceArn"], case.inputs),
        }
        return {**times.of_deployment(known), **known}

    def _drain(self, arn: str) -> float:
        found = self.asking.asked(f"the drain of {arn}", lambda: self.case.aws.elbv2.drain_seconds(arn))
        return DRAIN_SECONDS if found is None else found
