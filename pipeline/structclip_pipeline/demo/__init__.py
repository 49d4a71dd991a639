"""The demo world: rendered scenes with true captions, and a benchmark made from their states."""
