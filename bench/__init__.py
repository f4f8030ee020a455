"""How fast, how frugal: the figures that `make bench` prints. Nothing here is a test."""
