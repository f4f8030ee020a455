"""What was left behind: found in AWS and in the store, and cleared away where that is proved safe."""
