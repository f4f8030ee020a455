"""Addresses of tasks."""

from cage_fsm.sandbox.instance_records import Instance
from cage_fsm.sandbox.records import Container, Interface, Subnet, Task
from cage_fsm.sandbox.world import World

_FIRST_HOST, _LAST_HOST = 10, 65000


def interface(world: World, subnets: list[str], instance: Instance | None = None) -> Interface:
    """Make a network interface with a free address in one of the subnets, in turn.

    A container instance takes those subnets only that are in its zone, where there are any.
    """
    found = [subnet_of(world, subnet) for subnet in subnets]
    near = [subnet for subnet in found if instance is not None and subnet.zone == instance.zone] or found
    subnet = near[world.draw("placement") % len(near)]
    mac = world.hex(10)
    return Interface(
        attachment=world.uuid(),
        eni=f"eni-{world.hex(17)}",
        subnet=subnet.id,
        zone=subnet.zone,
        address=_address(world, subnet),
        mac=":".join(("0a", mac[:2], mac[2:4], mac[4:6], mac[6:8], mac[8:])),
    )


def subnet_of(world: World, subnet_id: str) -> Subnet:
    """Find a subnet; one that is named for the first time exists from then on."""
    if subnet_id not in world.subnets:
        number = len(world.subnets)
        zone = f"{world.region}{'abc'[number % 3]}"
        world.subnets[subnet_id] = Subnet(subnet_id, zone, f"10.{number}")
    return world.subnets[subnet_id]


def holder(world: World, address: str) -> Task | None:
    """Find the task that has an address of its own now."""
    return next((t for t in world.tasks.values() if t.interface.address == address and t.there), None)


def behind(world: World, target_id: str, port: int) -> tuple[Task | None, Container | None]:
    """Find what a target is: an address and a container's port, or an EC2 instance and a host port."""
    if not target_id.startswith("i-"):
        task = holder(world, target_id)
        return task, next((c for c in task.containers if port in c.ports), None) if task else None
    for task in world.tasks.values():
        if task.host == target_id and task.there:
            for container in task.containers:
                if any(binding["hostPort"] == port for binding in container.bindings):
                    return task, container
    return None, None


def _address(world: World, subnet: Subnet) -> str:
    if world.addresses:
        return world.addresses.pop(0)
    taken = {task.interface.address for task in world.tasks.values() if task.there}
    while True:
        high, low = divmod(subnet.next_host, 256)
        address = f"{subnet.network}.{high}.{low}"
        subnet.next_host = subnet.next_host + 1 if subnet.next_host < _LAST_HOST else _FIRST_HOST
        if address not in taken:
            return address
