"""Every operation that exists here."""

from collections.abc import Callable, Mapping

from cage_fsm.sandbox import around, cloudwatch, ecr, logs, sts
from cage_fsm.sandbox.ecs import (
    capacity_providers,
    clusters,
    definitions,
    describe_services,
    instances,
    run_task,
    service_deployments,
    services,
    tags,
    tasks,
)
from cage_fsm.sandbox.elb import balancers, target_groups, targets
from cage_fsm.sandbox.records import Json
from cage_fsm.sandbox.world import World

OPERATIONS: Mapping[tuple[str, str], Callable[[World, Json], Json]] = {
    ("ecs", "CreateCluster"): clusters.create_cluster,
    ("ecs", "DeleteCluster"): clusters.delete_cluster,
    ("ecs", "DescribeClusters"): clusters.describe_clusters,
    ("ecs", "ListClusters"): clusters.list_clusters,
    ("ecs", "DescribeCapacityProviders"): capacity_providers.describe_capacity_providers,
    ("ecs", "ListContainerInstances"): instances.list_container_instances,
    ("ecs", "DescribeContainerInstances"): instances.describe_container_instances,
    ("ecs", "RegisterTaskDefinition"): definitions.register_task_definition,
    ("ecs", "DescribeTaskDefinition"): definitions.describe_task_definition,
    ("ecs", "DeregisterTaskDefinition"): definitions.deregister_task_definition,
    ("ecs", "ListTaskDefinitions"): definitions.list_task_definitions,
    ("ecs", "ListTaskDefinitionFamilies"): definitions.list_task_definition_families,
    ("ecs", "RunTask"): run_task.run_task,
    ("ecs", "DescribeTasks"): tasks.describe_tasks,
    ("ecs", "ListTasks"): tasks.list_tasks,
    ("ecs", "StopTask"): tasks.stop_task,
    ("ecs", "CreateService"): services.create_service,
    ("ecs", "UpdateService"): services.update_service,
    ("ecs", "DeleteService"): services.delete_service,
    ("ecs", "DescribeServices"): describe_services.describe_services,
    ("ecs", "ListServices"): describe_services.list_services,
    ("ecs", "ListServiceDeployments"): service_deployments.list_service_deployments,
    ("ecs", "DescribeServiceDeployments"): service_deployments.describe_service_deployments,
    ("ecs", "DescribeServiceRevisions"): service_deployments.describe_service_revisions,
    ("ecs", "StopServiceDeployment"): service_deployments.stop_service_deployment,
    ("ecs", "TagResource"): tags.tag_resource,
    ("ecs", "UntagResource"): tags.untag_resource,
    ("ecs", "ListTagsForResource"): tags.list_tags_for_resource,
    ("elbv2", "DescribeLoadBalancers"): balancers.describe_load_balancers,
    ("elbv2", "DescribeListeners"): balancers.describe_listeners,
    ("elbv2", "DescribeRules"): balancers.describe_rules,
    ("elbv2", "DescribeTargetGroups"): target_groups.describe_target_groups,
    ("elbv2", "DescribeTargetGroupAttributes"): target_groups.describe_target_group_attributes,
    ("elbv2", "DescribeTags"): target_groups.describe_tags,
    ("elbv2", "DescribeTargetHealth"): targets.describe_target_health,
    ("elbv2", "RegisterTargets"): targets.register_targets,
    ("elbv2", "DeregisterTargets"): targets.deregister_targets,
    ("sts", "GetCallerIdentity"): sts.get_caller_identity,
    ("sts", "AssumeRole"): sts.assume_role,
    ("logs", "DescribeLogGroups"): logs.describe_log_groups,
    ("logs", "GetLogEvents"): logs.get_log_events,
    ("cloudwatch", "DescribeAlarms"): cloudwatch.describe_alarms,
    ("cloudwatch", "PutMetricAlarm"): cloudwatch.put_metric_alarm,
    ("cloudwatch", "PutCompositeAlarm"): cloudwatch.put_composite_alarm,
    ("cloudwatch", "SetAlarmState"): cloudwatch.set_alarm_state,
    ("ecr", "DescribeImages"): ecr.describe_images,
    ("ecr", "BatchGetImage"): ecr.batch_get_image,
    ("ecr", "DescribeImageScanFindings"): ecr.describe_image_scan_findings,
    ("iam", "GetRole"): around.get_role,
    ("ec2", "DescribeSubnets"): around.describe_subnets,
    ("ec2", "DescribeSecurityGroups"): around.describe_security_groups,
    ("secretsmanager", "DescribeSecret"): around.describe_secret,
    ("ssm", "GetParameters"): around.get_parameters,
}

_READS = ("Describe", "List", "Get", "BatchGet", "Assume")


def mutates(operation: str) -> bool:
    """Say whether an operation changes anything."""
    return not operation.startswith(_READS)
