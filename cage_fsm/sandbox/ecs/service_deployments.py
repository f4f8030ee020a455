"""Service deployments and service revisions."""

from cage_fsm.sandbox import seen
from cage_fsm.sandbox.ecs import lookup
from cage_fsm.sandbox.ecs.paging import page
from cage_fsm.sandbox.ecs.service_counts import launch
from cage_fsm.sandbox.ecs.service_rules import REVISED
from cage_fsm.sandbox.ecs.service_view import SHOWN, summary
from cage_fsm.sandbox.errors import ApiError, invalid
from cage_fsm.sandbox.life import deployments
from cage_fsm.sandbox.records import Json, Task
from cage_fsm.sandbox.service_records import Revision, Rollout, Service
from cage_fsm.sandbox.world import World

_MOST = 20


def list_service_deployments(world: World, params: Json) -> Json:
    """List service deployments, newest first, by status and time of creation."""
    service = lookup.service(world, params)
    window = params.get("createdAt", {})
    wanted = params.get("status")
    found = [
        _brief(world, service, rollout)
        for rollout in service.rollouts
        if world.now >= rollout.shown_at
        and seen.controller(service) == "ECS"
        and (not wanted or rollout.status in wanted)
        and window.get("after", 0) <= rollout.created_at <= window.get("before", world.now)
    ]
    return page(params, found, "serviceDeployments")


def describe_service_deployments(world: World, params: Json) -> Json:
    named = params["serviceDeploymentArns"]
    if len(named) > _MOST:
        raise invalid("serviceDeploymentArns cannot have more than 20 elements.")
    found, failures = [], []
    for arn in named:
        service, rollout = _rollout(world, arn)
        if service is None or rollout is None or world.now < rollout.shown_at:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(_shown(world, service, rollout))
    return {"serviceDeployments": found, "failures": failures}


def describe_service_revisions(world: World, params: Json) -> Json:
    found, failures = [], []
    known = {
        revision.arn: (service, revision)
        for service in world.services.values()
        for rollout in service.rollouts
        for revision in (rollout.target, *rollout.sources)
    }
    for arn in params["serviceRevisionArns"]:
        if arn in known:
            found.append(_revision(world, *known[arn]))
        else:
            failures.append({"arn": arn, "reason": "MISSING"})
    return {"serviceRevisions": found, "failures": failures}


def stop_service_deployment(world: World, params: Json) -> Json:
    """Roll a service deployment in flight back to the revision before."""
    arn = params["serviceDeploymentArn"]
    service, rollout = _rollout(world, arn)
    if service is None or rollout is None:
        raise ApiError("ServiceDeploymentNotFoundException", "The service deployment was not found.")
    if params.get("stopType", "ROLLBACK") != "ROLLBACK":
        raise invalid("The stop type is not valid. The valid value is ROLLBACK.")
    if rollout.over or rollout.rollback is not None or rollout.status == "ROLLBACK_REQUESTED":
        words = f"The service deployment cannot be stopped in the status {rollout.status}."
        raise ApiError("ConflictException", words, resourceIds=[arn])
    if deployments.last_good(service) is None:
        raise invalid("There is no service revision to roll back to.")
    rollout.status, rollout.updated_at = "ROLLBACK_REQUESTED", world.now
    world.after(world.timings.scheduler, "service.rollback", service.arn)
    return {"serviceDeploymentArn": arn}


def _rollout(world: World, arn: str) -> tuple[Service | None, Rollout | None]:
    pairs = ((s, r) for s in world.services.values() for r in s.rollouts if r.arn == arn)
    return next(pairs, (None, None))


def _brief(world: World, service: Service, rollout: Rollout) -> Json:
    return {
        "serviceDeploymentArn": rollout.arn,
        "serviceArn": service.arn,
        "clusterArn": world.clusters[service.cluster].arn,
        "createdAt": rollout.created_at,
        "startedAt": rollout.started_at,
        "finishedAt": rollout.finished_at,
        "targetServiceRevisionArn": rollout.target.arn,
        "status": rollout.status,
        "statusReason": rollout.status_reason,
    }


def _shown(world: World, service: Service, rollout: Rollout) -> Json:
    answer = _brief(world, service, rollout)
    answer.pop("targetServiceRevisionArn")
    tasks = [task for task in world.tasks.values() if task.service == service.arn]
    going_back = rollout.rollback is not None
    return answer | {
        "updatedAt": rollout.updated_at,
        "stoppedAt": rollout.stopped_at,
        "targetServiceRevision": summary(
            rollout.target, 0 if going_back else service.desired, _of(service, rollout.target, tasks)
        ),
        "sourceServiceRevisions": [
            summary(source, service.desired if going_back else 0, _of(service, source, tasks))
            for source in rollout.sources
        ],
        "deploymentConfiguration": rollout.configuration,
        "deploymentCircuitBreaker": {
            "status": rollout.breaker,
            "failureCount": rollout.failures,
            "threshold": rollout.threshold,
        },
        "alarms": {
            "status": rollout.alarms.status,
            "alarmNames": rollout.alarms.names,
            "triggeredAlarmNames": rollout.alarms.triggered,
        },
        "rollback": rollout.rollback,
    }


def _of(service: Service, revision: Revision, tasks: list[Task]) -> list[Task]:
    ids = {d.id for d in service.deployments if d.revision.arn == revision.arn}
    return [task for task in tasks if task.deployment in ids]


def _revision(world: World, service: Service, revision: Revision) -> Json:
    document = world.definitions[revision.definition].document
    images = [{"containerName": c["name"], "image": c["image"]} for c in document["containerDefinitions"]]
    return {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": world.clusters[service.cluster].arn,
        "taskDefinition": revision.definition,
        "createdAt": revision.created_at,
        "loadBalancers": revision.settings.get("loadBalancers", []),
        "serviceRegistries": revision.settings.get("serviceRegistries", []),
        "containerImages": images,
        **launch(revision.settings),
        **{key: revision.settings[key] for key in (*SHOWN, *REVISED) if key in revision.settings},
    }
