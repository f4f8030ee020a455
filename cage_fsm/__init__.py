"""Rolls a task definition out to an Amazon ECS service through one canary task."""

__version__ = "0.1.0"
