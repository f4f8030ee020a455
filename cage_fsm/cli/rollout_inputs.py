"""What the user asked of a rollout, by the values of its options."""

import shlex
from collections.abc import Mapping
from typing import Any

import click

from cage_fsm.audit.waivers import read_waivers
from cage_fsm.cli.commands import refuse_secrets, require_container, require_short
from cage_fsm.cli.names import place_of
from cage_fsm.deployfiles import DeployFiles, with_command
from cage_fsm.engine.definition import Duration
from cage_fsm.phases.facts import Inputs
from cage_fsm.phases.validate import DEFAULTS
from cage_fsm.redaction import secrets_of

_LIMITS: Mapping[str, Duration] = {
    "task_running_timeout": "launch",
    "task_health_check_timeout": "healthy",
    "task_stopped_timeout": "stop",
    "service_stable_timeout": "stable",
    "approval": "approval",
    "before_update_timeout": "task",
}
"""A limit of 0 counts as not given, as it does with canarycage."""
_NEEDS = {
    "audit_allow_unknown": "audit_gate",
    "audit_waivers": "audit_gate",
    "before_update_timeout": "before_update",
}
"""Options that mean nothing without another: who forgot that would believe in a gate that is not there."""


def inputs_of(files: DeployFiles, given: Mapping[str, Any]) -> Inputs:
    """What the user asked for, by the values of these options."""
    _require_gates(given)
    cluster, service = place_of(files, given)
    container, command = given["before_update"] or ("", ())
    if container:
        require_container(files, container)
        require_short(with_command({}, container, command))
        refuse_secrets(shlex.join(command), secrets_of(files.environment), hint="'--before-update'")
    durations = {limit: given[name] for name, limit in _LIMITS.items() if given[name]}
    if given["bake"] is not None:
        durations["bake"] = given["bake"]
    if given["wait_in_progress"]:
        durations["wait"] = durations.get("stable", DEFAULTS["stable"])
    return Inputs(
        cluster=cluster,
        service=service,
        keep_failing=given["keep_failing"],
        alarms=tuple(dict.fromkeys(given["alarm"])),
        alarm_without_data=given["alarm_without_data"],
        probe=given["probe"],
        probe_seconds=given["probe_timeout"],
        approval=given["approval"] is not None,
        audit_gate=given["audit_gate"],
        audit_allow_unknown=given["audit_allow_unknown"],
        audit_waivers={each.id: each.expires for each in read_waivers(given["audit_waivers"])},
        container=container,
        command=command,
        canary_instance=given["canary_instance_arn"],
        task_definition=given["task_definition_arn"] or None,
        force_new_deployment=given["force_new_deployment"],
        require_parity=given["require_parity"],
        update_service=given["update_service"],
        desired_count=_desired_count(files) if given["update_desired_count"] else None,
        durations=durations,
    )


def _require_gates(given: Mapping[str, Any]) -> None:
    for name, gate in _NEEDS.items():
        if given[name] and not given[gate]:
            flag, needed = (f"--{each.replace('_', '-')}" for each in (name, gate))
            message = f"{flag} needs {needed}."
            raise click.UsageError(message)


def _desired_count(files: DeployFiles) -> int:
    """The one of service.json. Raises UsageError when it has none."""
    count: int | None = files.service.get("desiredCount")
    if count is None:
        message = "--update-desired-count needs `desiredCount` in service.json."
        raise click.UsageError(message)
    return count
