"""How loops over arrays become machine code: one decorator, with one set of promises.

numba takes most of a second to import, so only modules that hold kernels import this
one, and they in turn are imported inside the functions that run a kernel.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])
Given = ParamSpec("Given")
Found = TypeVar("Found")


def kernel(loop: Loop) -> Loop:
    """Compile `loop` when it is first called, for the types it is given; keep the code for the next process.

    The code is kept beside the source, else in the user's cache; where neither can be
    written, every process compiles its own.

    It runs without the interpreter's lock and on one thread. Sums are taken in the order
    they are written, each rounded: nothing is reassociated or fused, since a fingerprint
    that differs in its last bit is another fingerprint.
    """
    compiled: Any = numba.njit(nogil=True, error_model="numpy")(loop)
    with suppress(RuntimeError):  # numba's word for: there is no place to keep it
        compiled.enable_caching()
        # numba lets a disk that has filled up since stop the call, and has no public name for what keeps the code.
        files = compiled._cache
        files.load_overload, files.save_overload = _if_can_be(files.load_overload), _if_can_be(files.save_overload)
    return cast(Loop, compiled)


def _if_can_be(act: Callable[Given, Found]) -> Callable[Given, Found | None]:
    """Do what `act` does, or nothing where a file cannot be read or written."""

    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Found | None:
        with suppress(OSError):
            return act(*args, **kwargs)
        return None

    return tried
