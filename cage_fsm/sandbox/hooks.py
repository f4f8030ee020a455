"""What tests do behind the API's back: things break, and other people change things."""

from abc import ABC, abstractmethod

from cage_fsm.sandbox import images
from cage_fsm.sandbox.ecs import clusters, definitions, services
from cage_fsm.sandbox.elb.records import Target
from cage_fsm.sandbox.image_records import Scan
from cage_fsm.sandbox.instance_records import Instance
from cage_fsm.sandbox.life import alarms, checks, health, hosts, registration, targets, tasks
from cage_fsm.sandbox.records import Json, PlannedFault
from cage_fsm.sandbox.world import World


class Hooks(ABC):
    """Everything here takes effect at once, at the clock's time, and is not in the call log."""

    world: World

    @abstractmethod
    def settle(self) -> None:
        """Let everything happen that is due."""

    def fail_next(self, operation: str, code: str, times: int = 1, message: str = "Injected fault.") -> None:
        """Let the next `times` calls of an operation end in an error, before they do anything."""
        self.world.planned.append(PlannedFault(operation, code, message, times))

    def stop_task(self, arn: str, reason: str = "Task stopped by user") -> None:
        """Somebody stops a task."""
        self.settle()
        tasks.stop(self.world, self.world.tasks[arn], "UserInitiated", reason)

    def exit_container(self, arn: str, name: str | None = None, code: int = 1) -> None:
        """A container exits now; the first essential one unless named."""
        self.settle()
        tasks.exit_container(self.world, f"{arn}|{name or self._main(arn)}", str(code))

    def break_container(self, arn: str, name: str | None = None, *, failing: bool = True) -> None:
        """Let a container fail its health checks from now on, or pass them again."""
        self.settle()
        task, container = health.find(self.world, f"{arn}|{name or self._main(arn)}")
        if task is None or container is None:
            raise KeyError(arn)
        container.failing = failing
        health.watch(self.world, task, container)

    def break_target(self, group: str, address: str, port: int, answer: str = "503") -> None:
        """Let a target's checks get this answer from now on: an HTTP code, `timeout`, `refused` or `ok`.

        The target becomes unhealthy after the group's threshold, as it would in AWS.
        """
        self.settle()
        target = self._target(group, address, port)
        target.forced = answer
        targets.recheck(self.world, self.world.target_groups[group], target)

    def fail_target(self, group: str, address: str, port: int) -> None:
        """Make a target unhealthy this very moment, and keep it so."""
        self.break_target(group, address, port)
        words = "Health checks failed with these codes: [503]"
        targets.show(self._target(group, address, port), "unhealthy", "Target.ResponseCodeMismatch", words)

    def deregister(self, group: str, address: str, port: int) -> None:
        """Somebody deregisters a target."""
        self.settle()
        targets.deregister(self.world, self.world.target_groups[group], address, port)

    def disable_health_checks(self, group: str) -> None:
        """Switch the health checks of a target group off: its targets are `unavailable` from now on."""
        self.settle()
        found = self.world.target_groups[group]
        found.checks_enabled = False
        targets.show_all(found, *checks.DISABLED)

    def unlink_target_group(self, group: str) -> None:
        """Take a target group off its load balancers: its targets are `unused` from now on."""
        self.settle()
        found = self.world.target_groups[group]
        found.balancers.clear()
        for listener in self.world.listeners.values():
            listener.target_groups = [arn for arn in listener.target_groups if arn != group]
        targets.show_all(found, *checks.NOT_IN_USE)

    def interrupt(self, arn: str) -> None:
        """AWS takes a Spot task back; nothing happens to a task that is not on FARGATE_SPOT."""
        self.settle()
        tasks.interrupt(self.world, arn, "")

    def delete_target_group(self, arn: str) -> None:
        """Somebody deletes a target group."""
        self.settle()
        del self.world.target_groups[arn]

    def deregister_revision(self, named: str) -> None:
        """Somebody makes a revision, given as `family:revision`, INACTIVE."""
        self.settle()
        definitions.deregister_task_definition(self.world, {"taskDefinition": named})

    def delete_cluster(self, name: str, *, forgotten: bool = False) -> None:
        """Somebody deletes a cluster with all that is in it; once it is `forgotten`, ECS knows none of it."""
        self.settle()
        for service in [each for each in self.world.services.values() if each.cluster == name]:
            service.status, service.desired, service.deployments = "INACTIVE", 0, []
            if forgotten:
                del self.world.services[service.arn]
        for task in [each for each in self.world.tasks.values() if each.cluster == name and each.there]:
            registration.leave(self.world, task)
            tasks.perish(self.world, task, "Task stopped by user")
        clusters.delete_cluster(self.world, {"cluster": name})
        if forgotten:
            del self.world.clusters[name]

    def update_service(self, cluster: str, service: str, **changes: object) -> None:
        """Somebody else updates a service; `changes` are UpdateService's parameters."""
        self.settle()
        params: Json = {"cluster": cluster, "service": service, **changes}
        services.update_service(self.world, params)

    def scale(self, cluster: str, service: str, count: int) -> None:
        """Autoscaling sets the desired count."""
        self.update_service(cluster, service, desiredCount=count)

    def delete_service(self, cluster: str, service: str) -> None:
        """Somebody deletes a service, whatever it runs."""
        self.settle()
        services.delete_service(self.world, {"cluster": cluster, "service": service, "force": True})

    def take_away(self, name: str) -> None:
        """Let there be no role, subnet, security group, secret or parameter of this name."""
        self.world.missing.add(name)

    def move_tag(self, repository: str, tag: str, digest: str | None = None) -> str:
        """Let a tag stand for another image from now on; returns the new digest."""
        moved = digest or f"sha256:{self.world.hex(64)}"
        self.world.digests[f"{repository}:{tag}"] = moved
        return moved

    def digest(self, image: str) -> str:
        """Return the digest that a reference stands for now."""
        return images.digest(self.world, image)

    def push_image(self, image: str, manifest: Json) -> str:
        """Somebody pushes a manifest, which may be an index, under a tag; returns its digest."""
        return images.push(self.world, image, manifest)

    def scan_image(self, digest: str, scan: Scan | None) -> None:
        """Let the scan of an image say this from now on; None for one that was never scanned."""
        self.world.scans[digest] = scan

    def reuse_address(self, address: str) -> None:
        """Give this address to the next task that is launched."""
        self.world.addresses.append(address)

    def add_instance(self, cluster: str, *, zone: str | None = None, provider: str | None = None) -> str:
        """Register a container instance, in a capacity provider if one is named; returns its EC2 id."""
        self.settle()
        if provider is not None:
            hosts.provide(self.world, cluster, provider)
        return hosts.add(self.world, cluster, zone=zone, provider=provider).ec2_id

    def lose_instance(self, ec2_id: str) -> None:
        """An EC2 instance is terminated, with everything on it; its targets are `unused` from now on."""
        self.settle()
        hosts.lose(self.world, self.instance(ec2_id))

    def instance(self, ec2_id: str) -> Instance:
        """Find a container instance, whose size, status and agent may be changed at will."""
        return next(each for each in self.world.instances.values() if each.ec2_id == ec2_id)

    def set_alarm(self, name: str, state: str = "ALARM", *, composite: bool = False) -> None:
        """Let a CloudWatch alarm be in a state; one that is named for the first time comes into being."""
        self.settle()
        alarms.put(self.world, name, composite=composite)
        alarms.set_state(self.world, name, state)

    def _main(self, arn: str) -> str:
        return next(c.name for c in self.world.tasks[arn].containers if c.essential)

    def _target(self, group: str, address: str, port: int) -> Target:
        return self.world.target_groups[group].targets[f"{address}:{port}"]
