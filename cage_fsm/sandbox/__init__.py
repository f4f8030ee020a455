"""An ECS and an Application Load Balancer that live on this machine."""
