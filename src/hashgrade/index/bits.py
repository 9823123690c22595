"""What all kernels of the index share: counting bits, asking memory ahead of time, and what may be read.

numba has no name for these machine instructions, so each is one intrinsic here; LLVM
spells it for the processor at hand: `vpopcntd` or `popcnt`, `prefetcht0`, `tzcnt`.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from hashgrade.index.tables import LANES, Entries, Numbers, Words
from hashgrade.kernel import kernel

Made = TypeVar("Made", bound=Callable[..., object])

_ENTRY: Final = ir.IntType(32)
_ENTRIES: Final = ir.VectorType(_ENTRY, LANES)
_ZERO: Final = ir.Constant(_ENTRIES, [0] * LANES)


def _instruction(typed: Callable[..., tuple[object, object]], _as: Made) -> Made:
    """An intrinsic with the type of the Python function that it stands for."""
    return cast(Made, intrinsic(typed))


def _count(word: np.uint64) -> int:
    """Count the ones of a word."""
    return int(word).bit_count()


def _count_typed(_context: Any, word: Any) -> tuple[object, object]:
    def made(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.call(builder.module.declare_intrinsic("llvm.ctpop", [given[0].type]), given)

    return types.int64(types.uint64), made


def _lowest(mask: np.uint64) -> int:
    """Give the place of the lowest one of a mask that has any."""
    return (int(mask) & -int(mask)).bit_length() - 1


def _lowest_typed(_context: Any, mask: Any) -> tuple[object, object]:
    def made(_context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        return builder.cttz(given[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), made


def _prefetch(array: NDArray[Any], place: int | np.int64) -> None:
    """Ask memory for the line that holds `array[place]`, without waiting and without touching it."""


def _prefetch_typed(_context: Any, array: Any, place: Any) -> tuple[object, object]:
    def made(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, given[0])
        pointer = ir.IntType(8).as_pointer()
        number = ir.IntType(32)
        told = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        asked = builder.module.declare_intrinsic("llvm.prefetch", [pointer], told)
        # To read, with high locality, data.
        line = builder.bitcast(builder.gep(held.data, [given[1]]), pointer)
        builder.call(asked, [line, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.none(array, types.int64), made


def _lanes_within(
    entries: Entries, place: int, signature: np.uint32, lowest_bits: np.uint32, at_most: np.uint32,
) -> np.uint64:
    """Tell which of the sixteen entries from a place have a signature at most so many bits away, as a mask.

    Args:
        entries: uint32; a signature is what stands above the lowest bits of an entry.
        place: Of the first of the sixteen.
        signature: Where an entry has its own, above lowest bits of 0.
        lowest_bits: How many bits are left out, 0 to 31.
        at_most: The largest distance, in bits.
    """
    differ = (entries[place:place + LANES] ^ signature) >> lowest_bits
    return np.uint64(sum(1 << int(lane) for lane in np.flatnonzero(np.bitwise_count(differ) <= at_most)))


def _lanes_within_typed(
    _context: Any, entries: Any, place: Any, signature: Any, lowest_bits: Any, at_most: Any,
) -> tuple[object, object]:
    def made(context: Any, builder: Any, signed: Any, given: Any) -> Any:
        held = context.make_array(signed.args[0])(context, builder, given[0])
        lanes = builder.load(builder.bitcast(builder.gep(held.data, [given[1]]), _ENTRIES.as_pointer()))
        lanes.align = 4
        wanted, shift, limit = (_spread(builder, one) for one in given[2:])
        above = builder.lshr(builder.xor(lanes, wanted), shift)
        told = ir.FunctionType(_ENTRIES, [_ENTRIES])
        counted = builder.call(builder.module.declare_intrinsic("llvm.ctpop.v16i32", (), told), [above])
        near = builder.icmp_unsigned("<=", counted, limit)
        return builder.zext(builder.bitcast(near, ir.IntType(LANES)), ir.IntType(64))

    return types.uint64(entries, types.int64, types.uint32, types.uint32, types.uint32), made


def _spread(builder: Any, number: Any) -> Any:
    """The same number in every lane."""
    first = builder.insert_element(ir.Constant(_ENTRIES, ir.Undefined), number, _ENTRY(0))
    return builder.shuffle_vector(first, ir.Constant(_ENTRIES, ir.Undefined), _ZERO)


count = _instruction(_count_typed, _count)
lowest = _instruction(_lowest_typed, _lowest)
prefetch = _instruction(_prefetch_typed, _prefetch)
lanes_within = _instruction(_lanes_within_typed, _lanes_within)


@kernel
def distance(words: Words, row: int | np.int64, query: Words) -> int:
    """Count the bits in which a code differs from a query.

    Args:
        words: uint64 [4 N], four for each code.
        row: Of the code, from 0.
        query: uint64 [4].
    """
    # Numbers without a sign: no test whether they count from the end.
    first = np.uint64(4) * np.uint64(row)
    return (count(words[first] ^ query[0]) + count(words[first + np.uint64(1)] ^ query[1])
            + count(words[first + np.uint64(2)] ^ query[2]) + count(words[first + np.uint64(3)] ^ query[3]))


@kernel
def are_seen(seen: NDArray[np.uint8], first: int, last: int, wanted: Numbers) -> bool:
    """Whether the blocks from `first` to `last` of a file may be read; note those that may not be.

    Args:
        seen: uint8, 1 for each block that may be.
        first: The first block, from 0.
        last: The last block.
        wanted: int64; how many blocks are noted, one more number, and those that fit.
    """
    whole = True
    for block in range(first, last + 1):
        if not seen[block]:
            whole = False
            if wanted[0] + 2 < len(wanted):
                wanted[2 + wanted[0]] = block
                wanted[0] += 1
    return whole
