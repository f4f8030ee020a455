"""What containers write to awslogs: a few lines for each fault, at the start and at the end."""

from collections.abc import Sequence

from cage_fsm.sandbox.records import Container, Task
from cage_fsm.sandbox.world import World

_FIRST: dict[str, tuple[str, ...]] = {
    "wrong-architecture": ("exec /usr/local/bin/{name}: exec format error",),
    "crash": (
        "{name} is starting",
        "reading the configuration from the environment",
    ),
    "exit-137": (
        "{name} is starting",
        "loading the index into memory: 12 %",
        "loading the index into memory: 87 %",
    ),
    "unhealthy-container": (
        "{name} is starting",
        "listening on :{port}",
        "health check failed: dial tcp 127.0.0.1:5432: connect: connection refused",
    ),
    "unhealthy-target": (
        "{name} is starting",
        "listening on :{port}",
        "GET /healthz 503 database is not migrated",
    ),
    "target-timeout": (
        "{name} is starting",
        "listening on :{port}",
        "GET /healthz waits for the connection pool",
    ),
    "redirect": (
        "{name} is starting",
        "listening on :{port}",
        "GET /healthz 301 Location: https://localhost/healthz",
    ),
    "port-not-listening": ("{name} is starting", "listening on 127.0.0.1:3000"),
    "slow-start": ("{name} is starting", "warming up the cache"),
}
_LAST: dict[str, tuple[str, ...]] = {
    "crash": (
        "Traceback (most recent call last):",
        '  File "/app/main.py", line 12, in <module>',
        '    url = os.environ["DATABASE_URL"]',
        "KeyError: 'DATABASE_URL'",
    ),
    "bad-in-service": (
        "Traceback (most recent call last):",
        '  File "/app/main.py", line 31, in <module>',
        "    pool.connect()",
        'ConnectionError: too many connections for role "web"',
    ),
    "dies-later": ("fatal error: concurrent map writes", "goroutine 42 [running]:", "exit status 1"),
}


def first_words(world: World, task: Task, container: Container) -> None:
    """Write what a container writes when it starts; its stream is there from then on."""
    fault = next((each for each in _FIRST if each in container.faults), "")
    lines = _FIRST.get(fault, ("{name} is starting", "listening on :{port}"))
    write(world, task, container, lines if container.ports or fault else lines[:1])


def last_words(world: World, task: Task, container: Container, code: int) -> None:
    """Write what a container writes when it exits by itself."""
    fault = next((each for each in _LAST if each in container.faults), "")
    if code and fault:
        write(world, task, container, _LAST[fault])
    elif not code and not container.script:
        write(world, task, container, ("done",))


def write(world: World, task: Task, container: Container, lines: tuple[str, ...]) -> None:
    """Write lines with the container's name and port filled in."""
    port = next(iter(container.ports), 0)
    say(world, task, container, [line.format(name=container.name, port=port) for line in lines])


def say(world: World, task: Task, container: Container, lines: Sequence[str]) -> None:
    """Add lines to a container's log stream, where it has one."""
    if container.log is None:
        return
    group, prefix = container.log
    stream = f"{prefix}/{container.name}/{task.id}" if prefix else container.runtime_id
    written = world.logs.setdefault(group, {}).setdefault(stream, [])
    written += [(world.now, line) for line in lines]
