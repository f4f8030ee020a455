"""What somebody types to do by hand what no run does."""


def deletion(service_arn: str) -> str:
    """The command of the AWS CLI that deletes a service, and stops its tasks."""
    _, _, _, region, _, path = service_arn.split(":", 5)
    _, cluster, service = path.split("/")
    return f"aws ecs delete-service --cluster {cluster} --service {service} --force --region {region}"
