"""Clips are recognised by their frames, in order: whole, as an excerpt, or as what contains one."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hashgrade.cli.root import commands
from hashgrade.fingerprints import vpdq
from hashgrade.index import Hamming
from hashgrade.lookup import Clips, Lookup
from hashgrade.nouns import Clip, FrameCode, Kind, Known, Pdq
from hashgrade.store.work import Store
from tests.cast import ADA, item, sha
from tests.decode import pictures
from tests.naive import queue as twin
from tests.world import World, lay, world

LONG = np.random.default_rng(5).integers(0, 256, (60, 32), np.uint8)


@pytest.fixture(name="station")
def new_station(tmp_path: Path, store: Store) -> World:
    return world(tmp_path / "station", store)


def frames(first: int = 0, last: int = 60, changed_bits: int = 0) -> tuple[FrameCode, ...]:
    """A second a frame of one long clip, from its own start, each with so many bits changed."""
    changed = LONG[first:last].copy()
    changed[:, :changed_bits] ^= 1
    return tuple(FrameCode(1000 * number, Pdq(code.tobytes(), 90)) for number, code in enumerate(changed))


def filed(store: Store, *clips: tuple[FrameCode, ...]) -> None:
    with store.work(ADA, "clips") as work:
        work.items(item(number, kind=Kind.VIDEO) for number in range(1, len(clips) + 1))
        work.clips(Clip(sha256=sha(number), frames=one) for number, one in enumerate(clips, 1))


def test_an_excerpt_is_found_and_located(store: Store) -> None:
    """Twenty seconds of a minute, 7 bits away, are found in it, with their start and end in both."""
    filed(store, frames())
    [hit] = Lookup(31, 50).near_clips(frames(30, 50, changed_bits=7))
    assert (hit.other, hit.distance_bits) == (sha(1), 7)
    assert hit.part is not None
    assert (hit.part.start_ms, hit.part.end_ms) == (0, 19_000)
    assert (hit.part.against_start_ms, hit.part.against_end_ms) == (30_000, 49_000)


def test_clips_that_stand_still_are_asked_about_by_fewer_frames(
    store: Store, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where every frame is near every frame, the hits stay within their limit, and the clip is found all the same."""
    still = tuple(FrameCode(250 * number, Pdq(LONG[0].tobytes(), 90)) for number in range(400))
    filed(store, still)
    lookup = Lookup(31, 50)
    lookup.follow()
    asked: list[int] = []
    near_many = Hamming.near_many

    def noted(self: Hamming, codes: np.ndarray, *rest: object) -> object:
        asked.append(len(codes))
        return near_many(self, codes, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Clips, "HITS_MAX", 40_000)
    monkeypatch.setattr(Hamming, "near_many", noted)
    assert [hit.other for hit in lookup.near_clips(still)] == [sha(1)]
    assert asked == [58, 80]


def test_backwards_is_another_clip(store: Store) -> None:
    """The same frames in another order are not near."""
    filed(store, frames())
    backwards = tuple(FrameCode(one.at_ms, other.pdq) for one, other in zip(frames(), frames()[::-1], strict=True))
    assert not Lookup(31, 50).near_clips(backwards)


def test_clips_recognise_each_other_and_are_one_card(store: Store) -> None:
    """Each of the two is near the other, itself not, and what shares nothing is near neither."""
    other = tuple(FrameCode(one.at_ms, Pdq(bytes(255 - byte for byte in one.pdq.code), 90)) for one in frames())
    filed(store, frames(), frames(10, 40), other)
    lookup = Lookup(31, 50)
    items = [item(number, kind=Kind.VIDEO) for number in (1, 2, 3)]
    found = lookup.recognise(items)
    assert [[near.other for near in found[sha(number)].near] for number in (1, 2, 3)] == [[sha(2)], [sha(1)], []]
    assert found[sha(1)].known is Known.NEAR


def test_what_is_filed_later_is_followed(store: Store) -> None:
    """A clip that another process filed is found by the next question."""
    lookup = Lookup(31, 50)
    assert not lookup.near_clips(frames())
    filed(store, frames())
    assert len(lookup.near_clips(frames())) == 1


def test_a_clip_in_another_container_is_near(station: World, tmp_path: Path) -> None:
    """Taken in as media: the same moving clouds under other bytes join the first clip's card."""
    folder = lay(tmp_path / "in", {
        "1.mp4": pictures.clip("mp4", "mpeg4", 160, 120, count=80),
        "2.mkv": pictures.clip("matroska", "mpeg4", 160, 120, count=80)})
    first, second = station.take_in(folder)
    assert (first.kind, second.kind) == (Kind.VIDEO, Kind.VIDEO)
    assert second.known is Known.NEAR
    [card] = twin.queue()
    assert len(card.items) == 2
    assert "against_start_ms" in json.dumps(second.as_json())


def matched(*words: str) -> list[dict[str, object]]:
    done = CliRunner().invoke(commands, ["match", "--json", *words])
    assert done.exit_code == 0, done.output
    [line] = (json.loads(line) for line in done.stdout.splitlines())
    hits: list[dict[str, object]] = line["hits"]
    return hits


def test_match_says_which_part_of_a_clip_is_which_part_of_another(tmp_path: Path) -> None:
    """A clip against a file of frames gives the parts, their times in both and what the one is of the other."""
    content = pictures.clip("mp4", "mpeg4", 160, 120, count=80)
    (tmp_path / "a.mp4").write_bytes(content)
    done = CliRunner().invoke(commands, ["hash", "--frames", str(tmp_path), str(tmp_path / "a.mp4")])
    assert done.exit_code == 0, done.output
    [hit] = matched("--against", str(tmp_path / f"{hashlib.sha256(content).hexdigest()}.vpdq"), str(tmp_path / "a.mp4"))
    assert (hit["match"], hit["start_ms"], hit["end_ms"], hit["share"]) == ("same", 0, 7800, 1.0)


def test_match_says_where_in_a_clip_a_picture_is(tmp_path: Path) -> None:
    """A code against a file of frames gives the frames near it."""
    (tmp_path / "a.vpdq").write_text(vpdq.write(frames()))
    [hit] = matched("--against", str(tmp_path / "a.vpdq"), frames()[12].pdq.code.hex())
    assert (hit["at_ms"], hit["distance_bits"]) == (12_000, 0)
