"""Measurements of what visitors wait for: `python -m benchmarks screens`."""
