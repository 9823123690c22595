"""`python -m bench.video [FILMS]`: find copies of clips, by our order and by vPDQ's rule, on the same codes.

Each film is drawn (tests/clips.py), encoded, decoded and fingerprinted. Copies of it are
encoded anew: smaller, cut, cropped, faster, backwards, shuffled, and compared with the film,
with one, two or four frames a second of each. Then every film is compared with every other,
and so are invented conversations: the same standing shots, cut differently each time.
vPDQ's rule is ours to compute: 0.8 of the different frames of one of the two are near some
frame of the other. Its shares are those that `threatexchange` 1.2.17 gives
(tests/pure/fingerprints/test_vpdq.py).

Prints, for each kind of copy, N, how many were taken for the film, the median and
largest error in milliseconds of where the copy was found to begin and end in it, and the
least and largest share that was matched in order. Then the time of 10,000 frames against
10,000. Copies that were missed are no error here; a backwards or
foreign clip that was matched is.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, count, islice, permutations
from statistics import median

from hashgrade.decode import examine
from hashgrade.decode.seen import Wanted
from hashgrade.fingerprints import vpdq
from hashgrade.fingerprints.frames import SHARE_MIN, Alignment, align, in_order, matches
from hashgrade.nouns import FrameCode, Pdq
from hashgrade.settings import Limits
from tests import synth
from tests.clips import Copy, copied

FILMS = 12
FRAMES = 10_000
REPEATS = 5
RATES = {"1, 1": (4, 4), "2, 2": (2, 2), "4, 1": (1, 4), "4, 4": (1, 1)}
"""Frames a second of the copy and of the film, and which of those taken four times a second that leaves."""
COPIES = {
    "encoded anew, smaller": Copy(width=192, height=144, kbits=120),
    "an excerpt of 12 s in VP8, 15 a second": Copy(8300, 20_300, 15, 192, 144, form="webm", codec="libvpx", kbits=150),
    "an excerpt of 12 s, 1% cropped off": Copy(8300, 20_300, crop=1),
    "an excerpt of 12 s, 2% cropped off": Copy(8300, 20_300, crop=2),
    "at 104% of its speed": Copy(percent=104),
    "without its middle quarter": Copy(order="cut"),
    "shuffled by the second": Copy(order="shuffled"),
    "backwards": Copy(order="backwards"),
}
OTHERS = {"shuffled by the second", "backwards"}


@dataclass(frozen=True)
class Found:
    """What one comparison gave: ours, vPDQ's, the share in order, and how far out the place is."""

    ours: bool
    theirs: bool
    share: float
    out_ms: int | None = None


def frames(seed: int, copy: Copy) -> list[FrameCode]:
    """The frames of an encoded copy of a film, four a second."""
    look = examine(copied(seed, copy), Limits(), Wanted(every_ms=250))
    if look.error:
        raise look.error
    return list(look.frames)


def found(query: list[FrameCode], reference: list[FrameCode], copy: Copy | None = None) -> Found:
    """Compare two clips both ways; of a plain copy, tell how far out its place is."""
    parts = align(query, reference)
    out_ms = _out_ms(parts, copy) if parts and copy and copy.order == "forwards" else None
    share = max(in_order(parts)[:2])
    return Found(matches(parts) is not None, max(vpdq.shares(query, reference)) >= SHARE_MIN, share, out_ms)


def _out_ms(parts: list[Alignment], copy: Copy) -> int:
    """How far from their true places the first and the last frame matched are, the larger of the two."""
    ends = [(one.start_ms, one.against_start_ms) for one in parts] + [(one.end_ms, one.against_end_ms) for one in parts]
    return max(abs(against - copy.start_ms - at * copy.percent // 100) for at, against in (min(ends), max(ends)))


def told(name: str, rates: str, results: list[Found]) -> list[Found]:
    """Print one line of the table."""
    ours, theirs, count = sum(one.ours for one in results), sum(one.theirs for one in results), len(results)
    outs = [one.out_ms for one in results if one.out_ms is not None]
    out = f"{median(outs):6.0f} {max(outs):6.0f}" if outs else f"{'':13}"
    shares = [one.share for one in results]
    line = f"{name:38} {rates:5} {count:4} {ours:5} {theirs:5} {out}  {min(shares):4.2f} to {max(shares):4.2f}\n"
    sys.stdout.write(line)
    return results


def copies(films: list[list[FrameCode]]) -> Iterator[tuple[str, list[Found]]]:
    """Compare copies of each kind with their films."""
    for name, copy in COPIES.items():
        made = [frames(seed, copy) for seed in range(len(films))]
        for rates, (every, film_every) in RATES.items():
            pairs = zip(made, films, strict=True)
            yield name, told(name, rates, [found(one[::every], film[::film_every], copy) for one, film in pairs])


def strangers(films: list[list[FrameCode]]) -> Iterator[list[Found]]:
    """Compare every film with every other."""
    for rates, (every, film_every) in RATES.items():
        pairs = permutations(films, 2)
        yield told("another film", rates, [found(one[::every], other[::film_every]) for one, other in pairs])


def conversations(shots: int) -> list[Found]:
    """Compare twenty clips of two minutes that change between the same shots, each shown for 3 to 12 seconds."""
    clips = [list(islice(conversation(shots, number), 120)) for number in range(20)]
    results = [found(one, other) for one, other in combinations(clips, 2)]
    return told(f"the same {shots} standing shots, cut anew", "1, 1", results)


def conversation(shots: int, number: int) -> Iterator[FrameCode]:
    """The frames of one such clip, without end, up to nine bits of noise in each."""
    shot, second = synth.below(shots, number, "first"), 0
    for cut in count():
        for _ in range(3 + synth.below(10, number, cut, "lasts")):
            code = int.from_bytes(bytes(synth.numbers(32, "shot", shots, shot).astype("uint8")))
            for bit in synth.numbers(synth.below(10, number, second), number, second, "bits"):
                code ^= 1 << int(bit)
            yield FrameCode(1000 * second, Pdq(code.to_bytes(32), 100))
            second += 1
        shot = (shot + 1 + synth.below(shots - 1, number, cut, "next")) % shots


def invented(seed: str, still: bool) -> list[FrameCode]:
    """So many frames of shots of 20 seconds: the code stands still in a shot, or is another each second."""
    lasting = 20 if still else 1
    codes = [bytes(synth.numbers(32, seed, number // lasting).astype("uint8")) for number in range(FRAMES)]
    return [FrameCode(1000 * number, Pdq(code, 100)) for number, code in enumerate(codes)]


def speed() -> None:
    """Time the alignment of long clips."""
    moving, other, still = invented("one", False), invented("other", False), invented("one", True)
    cases: dict[str, Callable[[], object]] = {
        "strangers": lambda: align(moving, other), "the same": lambda: align(moving, moving),
        "the same, in shots that stand still": lambda: align(still, still),
        "backwards, in shots that stand still": lambda: align(
            [FrameCode(one.at_ms, twin.pdq) for one, twin in zip(still, still[::-1], strict=True)], still)}
    for name, case in cases.items():
        case()
        times = []
        for _ in range(REPEATS):
            start = time.process_time()
            case()
            times.append(time.process_time() - start)
        sys.stdout.write(f"{FRAMES} against {FRAMES}: {name:38} N {REPEATS}  {median(times):6.3f} s of one core\n")


def main() -> None:
    """Measure, and fail if a clip was matched that must not be."""
    films = [frames(seed, Copy()) for seed in range(int(sys.argv[1]) if sys.argv[1:] else FILMS)]
    sys.stdout.write(f"{'':38} rates    N  ours vPDQ's rule; out by ms: median, most; share in order\n")
    wrong = [one.ours for name, results in copies(films) if name in OTHERS for one in results]
    wrong += [one.ours for results in strangers(films) for one in results]
    for shots in (2, 4):
        conversations(shots)
    speed()
    sys.exit(any(wrong))


if __name__ == "__main__":
    main()
