"""Every phase by the name that machines call it by."""

from collections.abc import Collection, Mapping

from cage_fsm.aws.clients import Aws
from cage_fsm.deployfiles import DeployFiles
from cage_fsm.engine.definition import Promise
from cage_fsm.engine.run import Phase
from cage_fsm.engine.verify import Promises
from cage_fsm.known_secrets import known_secrets
from cage_fsm.phases.await_approval import AwaitApproval
from cage_fsm.phases.base import Working
from cage_fsm.phases.check_containers import CheckContainers
from cage_fsm.phases.check_targets import CheckTargets
from cage_fsm.phases.container_lines import Write
from cage_fsm.phases.create_service import CreateService
from cage_fsm.phases.delete_service import DeleteService
from cage_fsm.phases.detach_canary import DetachCanary
from cage_fsm.phases.discreet import Discreet
from cage_fsm.phases.launch_canary import LaunchCanary
from cage_fsm.phases.launch_task import LaunchTask
from cage_fsm.phases.observe_canary import ObserveCanary
from cage_fsm.phases.probing import StartProbe
from cage_fsm.phases.register import Register
from cage_fsm.phases.roll_back import RestoreService, RollBack
from cage_fsm.phases.run_task import RunTask
from cage_fsm.phases.stabilize_service import StabilizeNewService, StabilizeService
from cage_fsm.phases.stop_canary import StopCanary
from cage_fsm.phases.stop_task import StopTask
from cage_fsm.phases.update_service import UpdateService
from cage_fsm.phases.validate import Validate
from cage_fsm.phases.validate_rollback import ValidateRollback
from cage_fsm.phases.validate_task import ValidateTask
from cage_fsm.phases.validate_up import ValidateUp

_WITH_FILES: Mapping[
    str,
    type[
        Validate
        | ValidateTask
        | ValidateUp
        | Register
        | LaunchTask
        | CreateService
        | LaunchCanary
        | UpdateService
    ],
] = {
    "validate": Validate,
    "validate_task": ValidateTask,
    "validate_up": ValidateUp,
    "register": Register,
    "launch_task": LaunchTask,
    "create_service": CreateService,
    "launch_canary": LaunchCanary,
    "update_service": UpdateService,
}
_PHASES: Mapping[str, type[Working]] = {
    "check_containers": CheckContainers,
    "check_targets": CheckTargets,
    "await_approval": AwaitApproval,
    "detach_canary": DetachCanary,
    "stop_canary": StopCanary,
    "stop_task": StopTask,
    "stabilize_service": StabilizeService,
    "stabilize_new_service": StabilizeNewService,
    "delete_service": DeleteService,
    "roll_back": RollBack,
    "restore_service": RestoreService,
    "validate_rollback": ValidateRollback,
}


def _promise(kind: type[Working]) -> Promise:
    return Promise(kind.outcomes, kind.acquires, kind.releases, kind.direction, kind.needs, kind.renews)


_KINDS = {**_WITH_FILES, **_PHASES, "observe_canary": ObserveCanary, "run_task": RunTask}
PROMISES: Promises = {name: _promise(kind) for name, kind in _KINDS.items()}


def phases(
    aws: Aws,
    files: DeployFiles | None,
    start_probe: StartProbe,
    secrets: Collection[str] = (),
    write: Write = lambda _: None,
) -> dict[str, Phase]:
    """All phases, at work on `aws`. `files` are needed until all of them is on AWS.

    Lines of containers are given to `write`. Nothing that they say holds one of the `secrets`, or a value of
    the files that may be one.
    """
    made: dict[str, Phase] = {name: kind(aws, files) for name, kind in _WITH_FILES.items()}
    made["observe_canary"] = ObserveCanary(aws, start_probe)
    made |= {name: kind(aws) for name, kind in _PHASES.items()}
    theirs = known_secrets(files.described, files.variables) if files else frozenset()
    known = theirs.union(secrets)
    made["run_task"] = RunTask(aws, write, known)
    return {name: Discreet(phase, known) for name, phase in made.items()}
