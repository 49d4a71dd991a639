"""Benchmarks of others, and the demo world's own, as datasets of the table ``benchmark``."""
