"""Container instances and capacity providers come into being."""

from cage_fsm.sandbox import words
from cage_fsm.sandbox.instance_records import CapacityProvider, Instance
from cage_fsm.sandbox.life import targets, tasks
from cage_fsm.sandbox.world import World


def add(world: World, cluster: str, *, zone: str | None = None, provider: str | None = None) -> Instance:
    """Register a container instance; without a zone they alternate between two."""
    number = world.draw("instance")
    instance = Instance(
        arn=world.arn("ecs", f"container-instance/{cluster}/{world.hex(32)}"),
        ec2_id=f"i-{world.hex(17)}",
        cluster=cluster,
        zone=zone or f"{world.region}{'ab'[(number - 1) % 2]}",
        address=f"10.255.0.{number}",
        registered_at=world.now,
        provider=provider,
    )
    world.instances[instance.arn] = instance
    return instance


def lose(world: World, instance: Instance) -> None:
    """Terminate an EC2 instance: its tasks stop at once, nothing drains."""
    del world.instances[instance.arn]
    for task in list(world.tasks.values()):
        if task.instance == instance.arn and task.there:
            tasks.perish(world, task, words.host_gone(instance.ec2_id))
    for group in world.target_groups.values():
        targets.lose(world, group, instance.ec2_id)


def provide(world: World, cluster: str, name: str) -> None:
    """Make a capacity provider, where there is none, and associate it with a cluster."""
    if name not in world.providers:
        asg = f"autoScalingGroup:{world.uuid()}:autoScalingGroupName/{name}"
        arn = world.arn("ecs", f"capacity-provider/{name}")
        world.providers[name] = CapacityProvider(name, arn, world.arn("autoscaling", asg))
    providers = world.clusters[cluster].providers
    if name not in providers:
        providers.append(name)
