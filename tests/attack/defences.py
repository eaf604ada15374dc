"""Builds with a defence taken out: the product's own source with a few words changed, for the length of a block."""

import inspect
import types
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import ModuleType


def without(module: ModuleType, *changes: tuple[str, str]) -> Callable[[], AbstractContextManager[None]]:
    """The module as if each first text stood there as its second; fails when a text is not there exactly once.

    Functions and methods keep their identity and get other code, so whoever imported them is affected too.
    """

    @contextmanager
    def out() -> Iterator[None]:
        source = inspect.getsource(module)
        for words, instead in changes:
            if source.count(words) != 1:
                raise LookupError(f"{module.__name__} has no longer, or more than once: {words}")
            source = source.replace(words, instead)
        changed: dict[str, object] = {**module.__dict__}
        exec(compile(source, str(module.__file__), "exec"), changed)  # noqa: S102 - the product's own source
        undo = [_swap(was, changed[name]) for name, was in list(module.__dict__.items()) if _is_own(was, module)]
        try:
            yield
        finally:
            for back in undo:
                back()

    return out


def _is_own(found: object, module: ModuleType) -> bool:
    return isinstance(found, types.FunctionType | type) and found.__module__ == module.__name__


def _swap(was: object, now: object) -> Callable[[], None]:
    """Give a function, or all methods of a class, the other code; returns what undoes it."""
    if isinstance(was, type):
        pairs = [(_function(each), _function(now.__dict__.get(name))) for name, each in was.__dict__.items()]
    else:
        pairs = [(_function(was), _function(now))]
    forget = [each for each in map(_cache_of, (was, *vars(was).values())) if each] if callable(was) else []
    kept = []
    for old, new in pairs:
        if old and new and old.__code__.co_freevars == new.__code__.co_freevars:
            kept.append((old, old.__code__))
            old.__code__ = new.__code__
    for each in forget:
        each()

    def back() -> None:
        for each in forget:
            each()
        for function, code in kept:
            function.__code__ = code

    return back


def _function(found: object) -> types.FunctionType | None:
    """The plain function behind a method, class method or property."""
    found = getattr(found, "__func__", found)
    if isinstance(found, property):
        found = found.fget
    found = inspect.unwrap(found) if callable(found) else found
    return found if isinstance(found, types.FunctionType) else None


def _cache_of(found: object) -> Callable[[], None] | None:
    """What makes a function forget what it remembers; None when it remembers nothing."""
    forget: Callable[[], None] | None = getattr(getattr(found, "__func__", found), "cache_clear", None)
    return forget
