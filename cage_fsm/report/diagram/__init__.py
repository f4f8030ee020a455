"""Drawings of machines: what is on them, what draws them, and what lies over them."""
