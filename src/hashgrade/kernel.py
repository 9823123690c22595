"""How loops over arrays become machine code: one decorator, with one set of promises.

numba takes most of a second to import, so only modules that hold kernels import this
one, and they in turn are imported inside the functions that run a kernel.
"""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
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
        _guard(compiled._cache, Path(loop.__code__.co_filename).parent)
    return cast(Loop, compiled)


def _guard(files: Any, folder: Path) -> None:
    """Keep no code that is out of date, and let no disk stop a call.

    numba looks only at the file of the loop itself, but the code holds that of every
    kernel it calls, and these are in the same folder. It has no public name for either.
    """
    files._cache_file._source_stamp = (files._cache_file._source_stamp, _sources(folder))
    files.load_overload, files.save_overload = _if_can_be(files.load_overload), _if_can_be(files.save_overload)


@cache
def _sources(folder: Path) -> str:
    """A digest of all modules of a folder."""
    digest = hashlib.sha256()
    for module in sorted(folder.glob("*.py")):
        source = module.read_bytes()
        digest.update(f"{module.name} {len(source)}\n".encode() + source)
    return digest.hexdigest()


def _if_can_be(act: Callable[Given, Found]) -> Callable[Given, Found | None]:
    """Do what `act` does, or nothing where a file cannot be read or written."""

    def tried(*args: Given.args, **kwargs: Given.kwargs) -> Found | None:
        with suppress(OSError):
            return act(*args, **kwargs)
        return None

    return tried
