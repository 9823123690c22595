"""The runner is `map`: the builtin, the threads of one machine, or those of a cluster."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Map(Protocol):
    """A `map` that keeps order: the builtin, `threads(n)`, or that of a cluster."""

    def __call__(self, make: Callable[[Given], Made], things: Iterable[Given], /) -> Iterable[Made]: ...


def threads(count: int = 0) -> Map:
    """Give a `map` over so many threads, 0 for one a core, that keeps order and never runs far ahead.

    At most one thing more than there are threads is taken before the first result is
    given, so that memory does not grow with the things.
    """
    workers = count or os.cpu_count() or 1

    def in_order(make: Callable[[Given], Made], things: Iterable[Given], /) -> Iterator[Made]:
        pool, waiting = ThreadPoolExecutor(workers), deque[Future[Made]]()
        try:
            for thing in things:
                waiting.append(pool.submit(make, thing))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            # Not waited for: whoever asked may have to tell the things to stop, but only once this has returned.
            pool.shutdown(wait=False, cancel_futures=True)

    return in_order
