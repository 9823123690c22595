"""How loops over arrays become machine code: one decorator, with one set of promises.

numba takes most of a second to import, so only modules that hold kernels import this
one, and they in turn are imported inside the functions that run a kernel.
"""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., object])


def kernel(loop: Loop) -> Loop:
    """Compile `loop` when it is first called, for the types it is given; keep the code for the next process.

    It runs without the interpreter's lock and on one thread. Sums are taken in the order
    they are written, each rounded: nothing is reassociated or fused, since a fingerprint
    that differs in its last bit is another fingerprint.
    """
    return cast(Loop, numba.njit(cache=True, nogil=True, error_model="numpy")(loop))
