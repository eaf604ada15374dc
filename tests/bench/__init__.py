"""Benches: `python -m tests.bench [NAME ...]` measures what docs/performance.md promises. Never timed tests."""
