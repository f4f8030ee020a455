"""Every permission in use: what it may be limited to, and which statement it stands in.

What an action may be limited to is in the Service Authorization Reference: "Actions, resources, and condition
keys for Amazon ECS", and so on for each service. An action without a kind of resource there takes `*` only.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Purpose = Literal[
    "Read",
    "Deploy",
    "ServiceTags",
    "CleanUp",
    "Up",
    "Alarms",
    "LastLines",
    "SkipUnchanged",
    "Plan",
    "Sweep",
    "Audit",
    "Store",
    "StoreKey",
]

PURPOSES: Mapping[Purpose, str] = {
    "Read": "every verb that looks at the service",
    "Deploy": "rollout, run, resume and rollback",
    "ServiceTags": "only with --update-service and tags in service.json",
    "CleanUp": "the release of the canary or of a one-off task; without it nothing should be begun",
    "Up": "only for up, beside what a rollout needs; tags of the service need TagResource",
    "Alarms": "only with --alarm",
    "LastLines": "only to show what containers write: the last lines of one that failed, and those of run",
    "SkipUnchanged": "only with --skip-unchanged and images in ECR",
    "Plan": "plan and up: whether what the files name is there; where not permitted, they say so",
    "Sweep": "only for sweep",
    "Audit": "only for audit, --audit-gate and plan, with images in ECR",
    "Store": "the store in S3",
    "StoreKey": "the KMS key of the store, in S3 alone",
}
"""What each statement of the policy is for."""


@dataclass(frozen=True)
class Action:
    """One permission; `on` names the kind of resource, `where` the condition that limits it besides."""

    name: str
    purpose: Purpose
    on: str = "anything"
    where: str = ""


ACTIONS = (
    Action("sts:GetCallerIdentity", "Read"),
    Action("ecs:DescribeClusters", "Read", "cluster"),
    Action("ecs:DescribeServices", "Read", "service"),
    Action("ecs:ListServiceDeployments", "Read", "service"),
    Action("ecs:DescribeServiceDeployments", "Read", "service and service-deployment"),
    Action("ecs:DescribeServiceRevisions", "Read", "service and service-revision"),
    Action("ecs:DescribeTasks", "Read", "task"),
    Action("ecs:ListTasks", "Read", where="in the cluster"),
    Action("ecs:ListContainerInstances", "Read", "cluster"),
    Action("ecs:DescribeContainerInstances", "Read", "container-instance"),
    Action("ecs:DescribeTaskDefinition", "Read"),
    Action("ecs:ListTaskDefinitions", "Read"),
    Action("elasticloadbalancing:DescribeTargetGroups", "Read"),
    Action("elasticloadbalancing:DescribeTargetGroupAttributes", "Read"),
    Action("elasticloadbalancing:DescribeTargetHealth", "Read"),
    Action("ecs:RegisterTaskDefinition", "Deploy"),
    Action("ecs:RunTask", "Deploy", "task-definition", "in the cluster"),
    Action("ecs:TagResource", "Deploy", "task-definition and task", "on creation"),
    Action("iam:PassRole", "Deploy", "role", "to tasks"),
    Action("iam:PassRole", "Deploy", "service role", "to ECS"),
    Action("elasticloadbalancing:RegisterTargets", "Deploy", "target group"),
    Action("ecs:UpdateService", "Deploy", "service"),
    Action("ecs:ListTagsForResource", "ServiceTags", "service"),
    Action("ecs:TagResource", "ServiceTags", "service"),
    Action("ecs:UntagResource", "ServiceTags", "service"),
    Action("elasticloadbalancing:DeregisterTargets", "CleanUp", "target group"),
    Action("ecs:StopTask", "CleanUp", "task"),
    Action("ecs:CreateService", "Up", "service"),
    Action("ecs:DeleteService", "Up", "service"),
    Action("ecs:TagResource", "Up", "service", "on its creation"),
    Action("cloudwatch:DescribeAlarms", "Alarms"),  # of composite alarms it says nothing unless it is for all
    Action("logs:GetLogEvents", "LastLines", "log stream"),
    Action("ecr:DescribeImages", "SkipUnchanged", "repository"),
    Action("iam:GetRole", "Plan", "role and service role"),
    Action("secretsmanager:DescribeSecret", "Plan", "secret"),
    Action("ssm:GetParameters", "Plan", "parameter"),
    Action("logs:DescribeLogGroups", "Plan", "any log group"),
    Action("ec2:DescribeSubnets", "Plan"),
    Action("ec2:DescribeSecurityGroups", "Plan"),
    Action("ecs:ListServices", "Sweep", where="in the cluster"),
    Action("ecs:DescribeServices", "Sweep", "any service"),
    Action("ecs:DeregisterTaskDefinition", "Sweep"),
    Action("ecr:BatchGetImage", "Audit", "repository"),
    Action("ecr:DescribeImageScanFindings", "Audit", "repository"),
    Action("s3:GetObject", "Store", "object"),
    Action("s3:PutObject", "Store", "object"),
    Action("s3:DeleteObject", "Store", "object"),
    Action("s3:ListBucket", "Store", "bucket", "under the prefix"),
    Action("kms:GenerateDataKey", "StoreKey", "key"),
    Action("kms:Decrypt", "StoreKey", "key"),
)
