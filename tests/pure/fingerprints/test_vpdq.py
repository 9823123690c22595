"""vPDQ's files: what we write, vPDQ reads; what vPDQ writes, we read; anything else is an error with a place."""

import doctest
import json
import sys
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hashgrade.errors import InputError
from hashgrade.fingerprints import vpdq
from hashgrade.nouns import FrameCode, Pdq
from tests.naive import frames as naive
from tests.pure.fingerprints.film import Camera, film, retimed, sampled

CODE = "e271017837246aaccddea259648fb7d62f435c89d9e99b2497763e216c8d055c"
"""The first frame of `chair-19-sd-bar.txt`, a sample of vPDQ's that shows a chair."""
PDQS = st.builds(Pdq, st.binary(min_size=32, max_size=32), st.integers(0, 100))
FRAMES = st.lists(st.builds(FrameCode, st.integers(0, 1000 * vpdq.SECONDS_MAX), PDQS), min_size=1, max_size=20)
READ_ALIKE = [
    (f"0,100,{CODE},0", 0),
    (f"0,100,{CODE},0\n", 0),
    (f"0,100,{CODE},0.0319\r\n", 32),
    (f" 12 , 100 , {CODE.upper()} , 1.02 \n", 1020),
    (f"30,100,{CODE},1.000,more,of,it\n", 1000),
    (f"{CODE},100,12.345\n", 12345),
    (f'["{CODE},100,12.345"]', 12345),
    (f'["{CODE},100,1.23e+03"]\n', 1_230_000),
    (f'\n [\n  "{CODE},100,1e+01"\n]\n', 10_000),
]
BAD = [
    ("", "FRM-02", "no frame", "f.vpdq"),
    ("[]", "FRM-02", "no frame", "f.vpdq"),
    ("[", "FRM-02", "not JSON: expecting value", "f.vpdq:1:2"),
    ('["a"\n "b"]', "FRM-02", "not JSON: expecting ',' delimiter", "f.vpdq:2:2"),
    ("[" * 100_000, "FRM-02", "not JSON", "f.vpdq"),
    (f"[1{'0' * 5000}]", "FRM-02", "not JSON", "f.vpdq"),
    ("[1]", "FRM-02", "list of texts", "f.vpdq"),
    ('[{"quality": 1}]', "FRM-02", "list of texts", "f.vpdq"),
    ('{"0": {"quality": 100}}', "FRM-02", "list of texts", "f.vpdq"),
    ("\n", "FRM-01", "got 1 cells", "f.vpdq:1:1"),
    (f"0,100,{CODE},0\n\n", "FRM-01", "got 1 cells", "f.vpdq:2:1"),
    (f"0,100,{CODE}\n", "FRM-01", "`frame,quality,code,seconds`, got 3 cells", "f.vpdq:1:1"),
    (f"{CODE},100,0,0\n", "FRM-01", "`code,quality,seconds`, got 4 cells", "f.vpdq:1:1"),
    (f"0,100,{CODE},0\none,100,{CODE},1\n", "FRM-01", "a frame number", "f.vpdq:2:1"),
    (f"-1,100,{CODE},0\n", "FRM-01", "a frame number", "f.vpdq:1:1"),
    (f"0,101,{CODE},0\n", "FRM-01", "a quality from 0 to 100", "f.vpdq:1:3"),
    (f"0,-1,{CODE},0\n", "FRM-01", "a quality from 0 to 100", "f.vpdq:1:3"),
    (f"0,1_0,{CODE},0\n", "FRM-01", "a quality from 0 to 100", "f.vpdq:1:3"),
    (f"0,100,{CODE[:-1]},0\n", "FRM-01", "64 hexadecimal", "f.vpdq:1:7"),
    (f"0,100,{CODE[:-1]}g,0\n", "FRM-01", "64 hexadecimal", "f.vpdq:1:7"),
    (f"0,100,{CODE},\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f"0,100,{CODE},-0.5\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f"0,100,{CODE},nan\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f"0,100,{CODE},inf\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f"0,100,{CODE},1e300\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f"0,100,{CODE},1e999\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f"0,100,{CODE},2147483649\n", "FRM-01", "seconds from 0", "f.vpdq:1:72"),
    (f'["{CODE},100,0",\n "{CODE},200,1"]', "FRM-01", "a quality", "f.vpdq:2:68"),
    (f'["0,100,{CODE},0"]', "FRM-01", "`code,quality,seconds`, got 4 cells", "f.vpdq:1:3"),
    (f'["{CODE},100"]', "FRM-01", "`code,quality,seconds`, got 2 cells", "f.vpdq:1:3"),
]


def theirs(name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A module of `threatexchange`'s vPDQ extension, without the C++ that it imports and nothing here uses.

    The package is a peer's, which `make bench` installs: the tests that ask it are among the longer trials.
    """
    pytest.importorskip("threatexchange")
    stub = ModuleType("vpdq")
    stub.VpdqFeature = object  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "vpdq", stub)
    return import_module(f"threatexchange.extensions.vpdq.{name}")


@settings(deadline=None)
@given(FRAMES)
def test_what_is_written_reads_back(frames: list[FrameCode]) -> None:
    """Both forms give back the same frames, to the millisecond, in the same order; the signal is one line."""
    assert vpdq.read(vpdq.write(frames)) == frames
    assert vpdq.read(vpdq.write_signal(frames)) == frames
    assert vpdq.write_signal(frames).count("\n") == 1


def test_a_line_is_as_vpdq_writes_it() -> None:
    """Frame number, quality, code with bit 255 first, and seconds with three digits, as vPDQ's C++ writes."""
    frames = [FrameCode(0, Pdq(bytes.fromhex(CODE), 100)), FrameCode(1034, Pdq(bytes(32), 7))]
    assert vpdq.write(frames) == f"0,100,{CODE},0.000\n1,7,{64 * '0'},1.034\n"


@pytest.mark.parametrize(("text", "at_ms"), READ_ALIKE)
def test_what_vpdq_reads_is_read(text: str, at_ms: int) -> None:
    """Samples of every form that vPDQ's programs write or read give the frame."""
    assert vpdq.read(text) == [FrameCode(at_ms, Pdq(bytes.fromhex(CODE), 100))]


@pytest.mark.parametrize(("text", "code", "words", "where"), BAD)
def test_what_is_no_frame_is_an_error_with_its_place(text: str, code: str, words: str, where: str) -> None:
    """A bad file says which line and column is wrong, and what was expected there."""
    with pytest.raises(InputError) as raised:
        vpdq.read(text, "f.vpdq")
    assert raised.value.code == code
    assert words in raised.value.what
    assert raised.value.where == where


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from('0123456789abcdef,.e+-[]{}"\\\n\r \u0660'), max_size=200) | st.text(max_size=60))
def test_any_text_is_frames_or_an_error(text: str) -> None:
    """Whatever a file holds, it is read or refused; nothing else is raised."""
    with suppress(InputError):
        assert vpdq.read(text)


@pytest.mark.deep
@settings(deadline=None, max_examples=30)
@given(FRAMES)
def test_the_peer_reads_our_signal(frames: list[FrameCode]) -> None:
    """`threatexchange` reads the frames that we wrote, and takes each for valid."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        read = theirs("vpdq_util", monkeypatch).json_to_vpdq(vpdq.write_signal(frames))
    assert [(one.pdq_hex, one.quality, round(one.timestamp * 1000)) for one in read] == [
        (one.pdq.code.hex(), one.pdq.quality, one.at_ms) for one in frames]


@pytest.mark.deep
def test_we_read_the_signal_of_the_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    """We read what `threatexchange` writes: the same codes, and times to the three digits that it keeps."""
    frames = sampled(film(1, 1300), Camera())
    util = theirs("vpdq_util", monkeypatch)
    features = [util.VpdqCompactFeature(one.pdq.code.hex(), one.pdq.quality, one.at_ms / 1000) for one in frames]
    for text in (util.vpdq_to_json(features), util.vpdq_to_json(features, indent=2)):
        read = vpdq.read(text)
        assert [one.pdq for one in read] == [one.pdq for one in frames]
        assert all(abs(one.at_ms - ours.at_ms) <= 0.005 * ours.at_ms for one, ours in zip(read, frames, strict=True))


@pytest.mark.deep
@settings(deadline=None, max_examples=10)
@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 40), st.integers(0, 9))
def test_shares_are_the_twin_and_the_peer(start: int, seconds: int, noise_bits: int, seed: int) -> None:
    """The shares are those of comparing every two frames, and those that `threatexchange` gives."""
    codes = film(3, 25)
    camera = Camera(start * 1000, (start + seconds) * 1000, 500, noise_bits=noise_bits, seed=seed)
    query, reference = sampled(codes, camera), sampled(codes, Camera())
    query += [FrameCode(one.at_ms, Pdq(one.pdq.code, 49)) for one in reference[:3]]
    found = vpdq.shares(query, reference)
    assert found == naive.shares(query, reference)
    if found[0]:
        with pytest.MonkeyPatch.context() as monkeypatch:
            util = theirs("vpdq_util", monkeypatch)
            ours, others = (util.json_to_vpdq(vpdq.write_signal(one)) for one in (query, reference))
            peer = theirs("vpdq_brute_matcher", monkeypatch).match_VPDQ_hash_brute(ours, others, 50, 31)
        assert (peer.query_match_percent, peer.compared_match_percent) == pytest.approx([100 * one for one in found])


def test_the_order_of_frames_plays_no_part_in_shares() -> None:
    """Played backwards, a clip shares every frame with itself: this is the rule of vPDQ, not ours."""
    clip = sampled(film(3, 60), Camera())
    assert vpdq.shares(retimed(clip, [*range(len(clip))][::-1]), clip) == (1.0, 1.0)


def test_nothing_shares_nothing() -> None:
    """A clip without a frame of enough quality shares no frame."""
    clip = sampled(film(3, 10), Camera())
    flat = [FrameCode(one.at_ms, Pdq(one.pdq.code, 49)) for one in clip]
    assert (vpdq.shares([], clip), vpdq.shares(clip, flat), vpdq.shares(flat, flat)) == ((0, 0), (0, 0), (0, 0))


def test_a_radius_that_is_none() -> None:
    """A distance of more than 256 bits is an error."""
    with pytest.raises(InputError, match="IDX-02"):
        vpdq.shares([], [], within_bits=257)


def test_a_signal_is_json() -> None:
    """Any reader of JSON finds a list of texts in it."""
    assert json.loads(vpdq.write_signal([FrameCode(1500, Pdq(bytes(32), 3))])) == [f"{64 * '0'},3,1.500"]


def test_the_examples_of_the_docstrings_run() -> None:
    """What the documentation shows is what happens."""
    assert doctest.testmod(vpdq).failed == 0
