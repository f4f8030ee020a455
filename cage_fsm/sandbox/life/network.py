"""Addresses of tasks."""

from cage_fsm.sandbox.records import Interface, Subnet, Task
from cage_fsm.sandbox.world import World

_FIRST_HOST, _LAST_HOST = 10, 65000


def interface(world: World, subnets: list[str]) -> Interface:
    """Make a network interface with a free address in one of the subnets, in turn."""
    subnet = subnet_of(world, subnets[world.draw("placement") % len(subnets)])
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
    """Find the task that has an address now."""
    return next((t for t in world.tasks.values() if t.interface.address == address and _holds(t)), None)


def _address(world: World, subnet: Subnet) -> str:
    if world.addresses:
        return world.addresses.pop(0)
    taken = {task.interface.address for task in world.tasks.values() if _holds(task)}
    while True:
        high, low = divmod(subnet.next_host, 256)
        address = f"{subnet.network}.{high}.{low}"
        subnet.next_host = subnet.next_host + 1 if subnet.next_host < _LAST_HOST else _FIRST_HOST
        if address not in taken:
            return address


def _holds(task: Task) -> bool:
    return task.last_status != "STOPPED"
