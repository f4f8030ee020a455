"""service.json and task-definition.json: reading, substitution, validation, differences.

One call, `read`, goes through the stages in this order; each has its file and touches nothing but its input:

    source         the bytes of a file become text
    parsing        the text becomes values, each with its line; `${VAR}` is expanded (variables)
    wrapping       the output of `aws ecs describe-*` is taken out of its wrapper, `null` members are dropped
    validation     every field is held against the ECS API as the installed botocore knows it (models)
    containers     what the fields say about each other: names, dependencies, at least one essential container
    load_balancers the ports of service.json exist in task-definition.json
    reading        the story of all that, and its result: DeployFiles

A stage hands on everything it finds wrong (problems) at once, and the next one runs only on what was right.
`differences` and `service_differences` stand beside them: they compare what is with what is wanted, by
normal forms (form, normal, service_normal), and say what a rollout would change.
`overrides` goes through the first four for a third file, of which a one-off task may get more than a command.
"""

from cage_fsm.deployfiles.differences import Difference, differences
from cage_fsm.deployfiles.overrides import LONGEST, Overrides, read_overrides, with_command
from cage_fsm.deployfiles.problems import DeployFileError, Problem
from cage_fsm.deployfiles.reading import DeployFiles, read
from cage_fsm.deployfiles.service_differences import field_of, service_differences

__all__ = [
    "LONGEST",
    "DeployFileError",
    "DeployFiles",
    "Difference",
    "Overrides",
    "Problem",
    "differences",
    "field_of",
    "read",
    "read_overrides",
    "service_differences",
    "with_command",
]
