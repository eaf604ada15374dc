"""Attacks on the promise, each beside the same attack on a build without the defence: `python -m tests.attack`."""
