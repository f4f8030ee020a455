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
NO_CONSTRAINTS_ON_FARGATE = "Placement constraints are not supported with FARGATE launch type."
NO_STRATEGIES_ON_FARGATE = "Placement strategies are not supported with FARGATE launch type."
NO_TASK_ROLE = (
    "The service couldn't be created because a valid taskRoleArn is not being used. "
    "Specify a valid task role in your task definition and try again."
)
NOT_FOR_THIS_MODE = "Network Configuration is not valid for the given networkMode of this task definition."
NETWORK_MISSING = "Network Configuration must be provided when networkMode 'awsvpc' is specified."

_PLACELESS = "was unable to place a task because no container instance met all of its requirements."
_GUIDE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
_LACKS = {
    "RESOURCE:CPU": "has insufficient CPU units available",
    "RESOURCE:MEMORY": "has insufficient memory available",
    "RESOURCE:PORTS": "is already using a port required by your task",
    "ATTRIBUTE": "is missing an attribute required by your task",
    "AGENT": "has the agent disconnected",
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
