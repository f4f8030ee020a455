"""Deployments of a service: begun, superseded, completed, failed, rolled back."""

import math
from dataclasses import dataclass

from cage_fsm.sandbox.life import alarms
from cage_fsm.sandbox.life.poke import poke, tell
from cage_fsm.sandbox.service_records import Deployment, Revision, Rollout, Service
from cage_fsm.sandbox.world import World


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a deployment failed, in AWS's words."""

    event: str
    """(deployment …) deployment failed: …"""
    state: str
    """How `rolloutStateReason` begins."""
    status: str
    """Service deployment rolled back because …"""


BREAKER = Cause(
    "tasks failed to start.",
    "ECS deployment circuit breaker",
    "the circuit breaker threshold was exceeded.",
)
ALARM = Cause("alarm detected.", "ECS deployment alarm", "a CloudWatch alarm was triggered.")


def begin(world: World, service: Service) -> Rollout:
    """Start to bring a service to what its settings say; one in flight is superseded."""
    arn = _named(world, service, "service-revision", world.digits(19))
    revision = Revision(arn, service.definition, service.settings, world.now)
    sources = running_revisions(world, service)
    for rollout in service.rollouts:
        if not rollout.over:
            _finish(world, rollout, "STOPPED", "The service deployment was replaced by a newer one.")
    deployment = _deploy(world, service, revision)
    deployment.reason = f"ECS deployment {deployment.id} in progress."
    rollout = Rollout(
        arn=_named(world, service, "service-deployment", world.hex(21)),
        deployment=deployment.id,
        target=revision,
        sources=sources,
        created_at=world.now,
        updated_at=world.now,
        configuration=service.configuration,
        threshold=threshold(service),
        shown_at=world.now + (world.timings.service_lag if service.rollouts else 0),
        alarms=alarms.watch(world, service.configuration),
        breaker="MONITORING" if breaker(service)["enable"] else "DISABLED",
    )
    service.rollouts.insert(0, rollout)
    poke(world, service.arn)
    return rollout


def complete(world: World, service: Service) -> None:
    """The service is where its primary deployment wants it."""
    primary, rollout = service.primary, service.rollouts[0]
    primary.state = "COMPLETED"
    primary.reason = f"ECS deployment {primary.id} completed."
    primary.updated_at = world.now
    service.deployments = [primary]
    tell(world, service, f"(deployment {primary.id}) deployment completed.")
    tell(world, service, "has reached a steady state.")
    if not rollout.over:
        back = rollout.rollback is not None
        _finish(world, rollout, "ROLLBACK_SUCCESSFUL" if back else "SUCCESSFUL", rollout.status_reason)
    if rollout.breaker == "MONITORING":
        rollout.breaker = "MONITORING_COMPLETE"
    if rollout.alarms.status == "MONITORING":
        rollout.alarms.status = "MONITORING_COMPLETE"


def break_off(world: World, service: Service) -> None:
    """The circuit breaker opens."""
    service.rollouts[0].breaker = "TRIGGERED"
    _fail(world, service, BREAKER, back=breaker(service)["rollback"])


def alarm(world: World, service: Service, names: list[str]) -> None:
    """CloudWatch alarms go off."""
    watch = service.rollouts[0].alarms
    watch.status, watch.triggered = "TRIGGERED", names
    _fail(world, service, ALARM, back=service.configuration["alarms"]["rollback"])


def _fail(world: World, service: Service, cause: Cause, *, back: bool) -> None:
    primary, rollout = service.primary, service.rollouts[0]
    primary.state, primary.updated_at = "FAILED", world.now
    primary.reason = f"{cause.state}: {cause.event}"
    tell(world, service, f"(deployment {primary.id}) deployment failed: {cause.event}")
    good = last_good(service)
    if rollout.rollback is not None:
        _finish(world, rollout, "ROLLBACK_FAILED", f"The rollback failed: {cause.event}")
    elif back and good is not None:
        rollout.status_reason = f"Service deployment rolled back because {cause.status}"
        roll_back(world, service, good, rollout.status_reason, cause)
    else:
        _finish(world, rollout, "STOPPED", f"Service deployment stopped because {cause.status}")


def roll_back(world: World, service: Service, good: Revision, reason: str, cause: Cause = BREAKER) -> None:
    """Go back to a revision that worked: a new primary deployment, no new revision."""
    rollout = service.rollouts[0]
    rollout.status, rollout.updated_at = "ROLLBACK_IN_PROGRESS", world.now
    rollout.rollback = {"reason": reason, "startedAt": world.now, "serviceRevisionArn": good.arn}
    before = next((d.id for d in service.deployments if d.revision.arn == good.arn), None)
    service.definition, service.settings = good.definition, good.settings
    deployment = _deploy(world, service, good)
    rollout.deployment = deployment.id
    deployment.reason = f"{cause.state}: rolling back to deploymentId {before or deployment.id}."
    tell(world, service, f"rolling back to deployment {before or deployment.id}.")
    poke(world, service.arn)


def last_good(service: Service) -> Revision | None:
    """Find the revision of the last service deployment that succeeded, other than the newest one."""
    return next((r.target for r in service.rollouts[1:] if r.status == "SUCCESSFUL"), None)


def threshold(service: Service) -> int:
    """Say how many failures open the breaker: half of the tasks, 3 to 200 (API, DeploymentCircuitBreaker)."""
    return max(3, min(200, math.ceil(service.desired * 0.5)))


def breaker(service: Service) -> dict[str, bool]:
    """Return the deployment circuit breaker's settings, complete."""
    found = service.configuration.get("deploymentCircuitBreaker", {})
    return {"enable": False, "rollback": False, "resetOnHealthyTask": True, **found}


def running_revisions(world: World, service: Service) -> list[Revision]:
    """List the revisions of which the service has tasks."""
    busy = {t.deployment for t in world.tasks.values() if t.service == service.arn and t.live}
    return [d.revision for d in service.deployments if d.id in busy]


def _deploy(world: World, service: Service, revision: Revision) -> Deployment:
    for older in service.deployments:
        older.status = "ACTIVE"
    deployment = Deployment(f"ecs-svc/{world.digits(19)}", revision, world.now, world.now)
    service.deployments.insert(0, deployment)
    return deployment


def _finish(world: World, rollout: Rollout, status: str, reason: str | None) -> None:
    rollout.status, rollout.status_reason = status, reason
    rollout.updated_at = rollout.finished_at = world.now
    if status == "STOPPED":
        rollout.stopped_at = world.now


def _named(world: World, service: Service, kind: str, identifier: str) -> str:
    return world.arn("ecs", f"{kind}/{service.cluster}/{service.name}/{identifier}")
