"""AWS's words that are from memory, or from public reports and not from its documentation, in one place."""

MEMBER_OF = "MemberOf placement constraint unsatisfied."
"""amazon-ecs-agent#3044."""
DISTINCT = "DistinctInstance placement constraint unsatisfied."
NO_INSTANCES = "No Container Instances were found in your cluster."
NO_INSTANCES_OF_PROVIDER = "No Container Instances were found in your capacity provider."
NO_ROOM = "Capacity is unavailable at this time. Please try again later or in a different availability zone"
"""RunTask and service events on Fargate."""
PLATFORM_ON_EC2 = "The platform version must be null when specifying an EC2 launch type."
MIXED_STRATEGY = (
    "The specified capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling "
    "groups and Fargate."
)
STRATEGY_NEEDS_FORCE = (
    "When switching from launch type to capacity provider strategy on an existing service, or making a "
    "change to a capacity provider strategy on a service that is already using one, you must force a new "
    "deployment."
)
"""pipe-cd/pipecd#6385."""
NO_CONSTRAINTS_ON_FARGATE = "Placement constraints are not supported with FARGATE launch type."
NO_STRATEGIES_ON_FARGATE = "Placement strategies are not supported with FARGATE launch type."
NO_TASK_ROLE = (
    "The service couldn't be created because a valid taskRoleArn is not being used. "
    "Specify a valid task role in your task definition and try again."
)
ROLE_NOT_WANTED = "You cannot specify an IAM role for services that require a service linked role."
NOT_FOR_THIS_MODE = "Network Configuration is not valid for the given networkMode of this task definition."
NETWORK_MISSING = "Network Configuration must be provided when networkMode 'awsvpc' is specified."

_PLACELESS = "was unable to place a task because no container instance met all of its requirements."
_GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
_LACKS = {
    "RESOURCE:CPU": "has insufficient CPU units available",
    "RESOURCE:MEMORY": "has insufficient memory available",
    "RESOURCE:PORTS": "is already using a port required by your task",
    "ATTRIBUTE": "is missing an attribute required by your task",
}


def bad_expression(expression: str) -> str:
    return f"Invalid expression: {expression}"


def no_member(reason: str) -> str:
    """The service event when there is no container instance at all."""
    return f"{_PLACELESS} Reason: {reason} {_GUIDE}"


def closest(instance: str, reason: str) -> str:
    """The service event when no container instance will do (re:Post, containers-roadmap#331)."""
    why = _LACKS.get(reason, f'encountered error "{reason}"')
    return f"{_PLACELESS} The closest matching container-instance {instance} {why}. {_GUIDE}"


def no_subnet(subnet: str) -> str:
    """A subnet that is not there (eddmann/serverless-fargate#20)."""
    there = f"The subnet ID '{subnet}' does not exist (ErrorCode: InvalidSubnetID.NotFound)"
    return f"Error retrieving subnet information for [{subnet}]: {there}"


def no_security_group(group: str) -> str:
    """The same of a security group."""
    there = f"The security group '{group}' does not exist (ErrorCode: InvalidGroup.NotFound)"
    return f"Error retrieving security group information for [{group}]: {there}"


def wrong_mode(group: str, target_type: str, mode: str) -> str:
    """A target group whose type does not fit a service (hashicorp/terraform-provider-aws#1851)."""
    return (
        f"The provided target group {group} has target type {target_type}, "
        f"which is incompatible with the {mode} network mode specified in the task definition."
    )


def not_ours_to_deploy(controller: str) -> str:
    """UpdateService with a task definition on a service whose controller is not ECS."""
    if controller == "CODE_DEPLOY":
        return (
            "Unable to update task definition on services with a CODE_DEPLOY deployment controller. "
            "Use AWS CodeDeploy to trigger a new deployment."
        )
    return f"Unable to update task definition on services with an {controller} deployment controller."


def not_an_instance(target: str) -> str:
    """RegisterTargets of an EC2 id that does not run."""
    if not target.startswith("i-"):
        return f"Instance ID '{target}' is not valid"
    return f"The following targets are not in a running state and cannot be registered: '{target}'"


def still_draining(address: str) -> str:
    return f"The target '{address}' is being deregistered; wait until its deregistration delay is over"


OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"
SPOT = "Your Spot Task was interrupted."
"""stoppedReason (reproio/wrapbox#53); the stop code is SpotInterruption."""
NO_INTERFACE = "Timeout waiting for network interface provisioning to complete."
"""stoppedReason (amazon-ecs-agent#4825)."""
QUOTA = "You've reached the limit on the number of tasks you can run concurrently"
"""wellcomecollection/platform#3875."""
_PULL = "CannotPullContainerError: pull image manifest has been retried"


def image_not_found(image: str) -> str:
    return f"{_PULL} 1 time(s): failed to resolve ref {image}: {image}: not found"


def no_manifest(image: str) -> str:
    where = "image Manifest does not contain descriptor matching platform 'linux/amd64'"
    return f"{_PULL} 1 time(s): {where}: {image}"


def no_route(image: str) -> str:
    host, _, path = image.partition("@")[0].partition("/")
    name, _, tag = path.rpartition(":")
    url = f"https://{host}/v2/{name}/manifests/{tag}"
    why = f'failed to do request: Head "{url}": dial tcp 10.255.255.1:443: i/o timeout'
    return f"{_PULL} 5 time(s): failed to resolve ref {image}: {why}"


def pull_denied(image: str) -> str:
    host, _, path = image.partition("@")[0].partition("/")
    status = f"failed with status code [manifests {path.rpartition(':')[2]}]: 403 Forbidden"
    why = f"pulling from host {host} {status}"
    return f"{_PULL} 1 time(s): failed to resolve ref {image}: {why}"


def unreadable(secret: str, role: str) -> str:
    """A secret, or an SSM parameter, that the execution role may not read."""
    start = (
        "ResourceInitializationError: unable to pull secrets or registry auth: execution resource "
        "retrieval failed: unable to retrieve "
    )
    if ":secretsmanager:" in secret:
        action, store = (
            "secretsmanager:GetSecretValue",
            f"failed to fetch secret {secret} from secrets manager",
        )
        start += "secret from asm: "
    else:
        action, store = "ssm:GetParameters", "failed to fetch parameters from parameter store"
        start += "secrets from ssm: "
    return (
        f"{start}service call has been retried 1 time(s): {store}: AccessDeniedException: User: {role} is "
        f"not authorized to perform: {action} on resource: {secret} because no "
        f"identity-based policy allows the {action} action. status code: 400"
    )


def not_assumable(role: str) -> str:
    """ClientException of RunTask; in a service event it stands in `(error …)`."""
    return (
        f"ECS was unable to assume the role '{role}' that was provided for this task. Please verify that "
        "the role being passed has the proper trust relationship and permissions and that your IAM user "
        "has permissions to pass this role."
    )


def out_of_quota() -> str:
    return f"was unable to place a task. Reason: {QUOTA}. {_GUIDE}"


CIRCULAR = "Dependency cycle detected in the container definitions."
ONE_VOLUME = "Only one managed EBS volume can be configured for a task."


def unmet(other: str, container: str, condition: str) -> str:
    """A dependency that can no longer be met (amazon-ecs-agent, dependencygraph)."""
    start = f"failed to resolve container ordering dependency [{other}] for target [{container}]"
    how = {
        "SUCCESS": "did not exit successfully",
        "HEALTHY": "is not healthy",
    }
    return f"{start} as dependency {how.get(condition, 'did not start')}."


def no_dependency(container: str, other: str) -> str:
    return f"Container '{container}' depends on container '{other}', which is not in the task definition."


def essential_completes(other: str, condition: str) -> str:
    return f"Container '{other}' is essential and cannot be depended on with condition {condition}."


def never_healthy(other: str) -> str:
    return f"Container '{other}' is depended on with condition HEALTHY, but has no health check."


def unknown_volume(name: str) -> str:
    return f"The volume '{name}' is not configured at launch in the task definition."


def unconfigured_volume(name: str) -> str:
    return f"The volume '{name}' is configured at launch: a volume configuration must be provided."


def alarm_reason(state: str) -> str:
    """CloudWatch's StateReason."""
    return {
        "ALARM": "Threshold Crossed: 1 datapoint [5.0] was greater than the threshold (1.0).",
        "INSUFFICIENT_DATA": "Insufficient Data: 1 datapoint was unknown.",
    }.get(state, "Threshold Crossed: 1 datapoint [0.0] was not greater than the threshold (1.0).")


def host_gone(ec2_id: str) -> str:
    """The stoppedReason of a task whose instance was terminated (developer guide, "Stopped task errors")."""
    return f"Host EC2 (instance {ec2_id}) terminated."
