"""How this program came here, what is newer, and whether it may be replaced now."""
