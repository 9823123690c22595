"""Media in: each seen once, kept, recognised, whatever the order and however often it is cut off."""

import hashlib
import io
import json
import os
from collections.abc import Sequence
from itertools import permutations
from pathlib import Path

import pytest
from PIL import Image

from hashgrade import media
from hashgrade.decode import Decoders, Seen, Wanted
from hashgrade.errors import Broken
from hashgrade.intake import Outcome, run
from hashgrade.nouns import Claim, Item, Kind, Known, Reading
from hashgrade.runner import threads
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, MORNING, grade
from tests.naive import queue as twin
from tests.world import World, lay, still, world, zipped

GRADE = grade({"age_band": "7-10", "activity": ("posing_nude",)}, depiction="photographic", indecent="yes")


@pytest.fixture(name="station")
def new_station(tmp_path: Path, store: Store) -> World:
    return world(tmp_path / "station", store)


def sha256_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def graded(station: World, sha256: str) -> None:
    with station.store.work(ADA, "read") as work:
        work.readings([Reading(sha256=sha256, reader=name, at=MORNING, grade=GRADE) for name in (ADA, BEN)])


def claimed(station: World, *claims: Claim) -> None:
    with station.store.work(ADA, "import") as work:
        work.claims(claims)


def known(outcomes: list[Outcome]) -> list[tuple[str, Known | None, bool]]:
    return [(Path(one.path).name, one.known, one.queued) for one in outcomes]


def test_a_medium_is_fingerprinted_kept_and_queued(station: World, tmp_path: Path) -> None:
    """One picture gives one item with every fingerprint, its bytes in the vault, and a card."""
    content = still(1)
    outcome, = station.take_in(lay(tmp_path / "in", {"a.jpg": content}))
    item = queries.item(sha256_of(content))
    assert item is not None
    assert (item.md5, item.kind, item.width, item.height) == (
        hashlib.md5(content).hexdigest(), Kind.IMAGE, 320, 240)  # noqa: S324 - the list format has it
    assert item.size_bytes == len(content)
    assert item.pdq is not None
    assert item.first_seen == MORNING
    assert station.vault.get(item.sha256).read() == content
    assert outcome.queued
    assert [one.sha256 for card in twin.queue() for one in card.items] == [item.sha256]


def test_the_outcome_as_json(station: World, tmp_path: Path) -> None:
    """`--json` tells path, SHA-256, kind, known, queued and error, and what was hit."""
    content = still(1)
    outcome, = station.take_in(lay(tmp_path / "in", {"a.jpg": content}))
    assert outcome.as_json() == {
        "path": str(tmp_path / "in" / "a.jpg"), "sha256": sha256_of(content), "kind": "image", "known": None,
        "queued": True, "lists": [], "resembles": [], "error": None}


def test_exact_duplicates_collapse(station: World, tmp_path: Path) -> None:
    """Three copies in a folder and a ZIP are one item on one card."""
    folder = lay(tmp_path / "in", {"a.jpg": still(1), "b.jpg": still(1)})
    zipped(folder / "c.zip", [("d.jpg", still(1))])
    outcomes = station.take_in(folder)
    assert len({one.sha256 for one in outcomes}) == 1
    assert len(outcomes) == 3
    assert [len(card.items) for card in twin.queue()] == [1]


def test_members_of_a_zip_are_named_after_it(station: World, tmp_path: Path) -> None:
    """A member's path is the ZIP's, an exclamation mark and its own."""
    path = zipped(tmp_path / "a.zip", [("x/1.jpg", still(1))])
    assert [one.path for one in station.take_in(path)] == [f"{path}!x/1.jpg"]


def test_a_turned_picture_is_also_known_as_displayed(station: World, tmp_path: Path) -> None:
    """A picture that EXIF turns is near the same picture stored upright."""
    turned, upright = io.BytesIO(), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    shown = Image.open(io.BytesIO(still(1, 95)))
    shown.transpose(Image.Transpose.ROTATE_90).save(turned, "JPEG", quality=95, exif=exif)
    shown.save(upright, "JPEG", quality=90)
    station.take_in(lay(tmp_path / "1", {"turned.jpg": turned.getvalue()}))
    outcome, = station.take_in(lay(tmp_path / "2", {"upright.jpg": upright.getvalue()}))
    assert outcome.known is Known.NEAR


def test_a_graded_item_is_known_and_never_queued(station: World, tmp_path: Path) -> None:
    """An item whose record has a grade is known as graded when its medium arrives, and nobody sees it."""
    content = still(1)
    with station.store.work(ADA, "records") as work:
        work.items([Item(sha256=sha256_of(content), first_seen=MORNING, kind=Kind.IMAGE)])
    graded(station, sha256_of(content))
    assert known(station.take_in(lay(tmp_path / "in", {"a.jpg": content}))) == [("a.jpg", Known.GRADED, False)]
    item = queries.item(sha256_of(content))
    assert item is not None
    assert item.known is Known.GRADED
    assert not list(twin.queue())


def test_an_item_that_was_read_here_stays_as_it_came(station: World, tmp_path: Path) -> None:
    """What was new when it came keeps that on record, though it is known as graded when it comes again."""
    content = still(1)
    folder = lay(tmp_path / "in", {"a.jpg": content})
    station.take_in(folder)
    graded(station, sha256_of(content))
    assert known(station.take_in(folder)) == [("a.jpg", Known.GRADED, False)]
    item = queries.item(sha256_of(content))
    assert item is not None
    assert item.known is None


def test_a_record_that_contradicts_is_told_and_still_recognised(station: World, tmp_path: Path) -> None:
    """A graded record with another width is an error of its own, and the item is known all the same."""
    content = still(1)
    with station.store.work(ADA, "records") as work:
        work.items([Item(sha256=sha256_of(content), first_seen=MORNING, kind=Kind.IMAGE, width=7)])
    graded(station, sha256_of(content))
    outcome, = station.take_in(lay(tmp_path / "in", {"a.jpg": content}))
    assert outcome.error is not None
    assert outcome.error.code == "STO-05"
    assert outcome.known is Known.GRADED


@pytest.mark.parametrize("skip", [False, True])
def test_a_claimed_item_is_skipped_only_by_policy(station: World, tmp_path: Path, skip: bool) -> None:
    """An exact hit on a list names list and edition, and is out of the queue only if the list says so."""
    content = still(1)
    claimed(station, Claim(list_name="partner", edition="7", sha256=sha256_of(content), skip=skip))
    outcome, = station.take_in(lay(tmp_path / "in", {"a.jpg": content}))
    assert (outcome.known, outcome.queued) == (Known.CLAIMED, not skip)
    assert outcome.as_json()["lists"] == [{"list": "partner", "edition": "7"}]
    assert len(list(twin.queue())) == (not skip)


def test_a_claim_by_md5_alone_is_exact(station: World, tmp_path: Path) -> None:
    """A list that knows MD5 only still claims."""
    content = still(1)
    claimed(station, Claim(list_name="old", edition="1", md5=hashlib.md5(content).hexdigest()))  # noqa: S324
    assert known(station.take_in(lay(tmp_path / "in", {"a.jpg": content}))) == [("a.jpg", Known.CLAIMED, True)]


def test_a_forged_md5_claims_nothing(station: World, tmp_path: Path) -> None:
    """Where a claim's SHA-256 differs, an MD5 that agrees is a collision and no hit."""
    content = still(1)
    claimed(station, Claim(list_name="old", edition="1", md5=hashlib.md5(content).hexdigest(), sha256="0" * 64))  # noqa: S324
    assert station.take_in(lay(tmp_path / "in", {"a.jpg": content}))[0].known is None


def test_a_near_hit_joins_a_card_and_shows_what_it_resembles(station: World, tmp_path: Path) -> None:
    """Two alike are one card; each says that it resembles the other, and neither is decided."""
    one, two = still(1, 92), still(1, 40)
    station.take_in(lay(tmp_path / "1", {"a.jpg": one}))
    outcome, = station.take_in(lay(tmp_path / "2", {"b.jpg": two}))
    assert (outcome.known, outcome.queued) == (Known.NEAR, True)
    assert outcome.recognition is not None
    assert outcome.recognition.near[0].other == sha256_of(one)
    card, = twin.queue()
    assert {item.sha256 for item in card.items} == {sha256_of(one), sha256_of(two)}
    assert {(alike.sha256, alike.other) for alike in card.resembles} == {
        (sha256_of(one), sha256_of(two)), (sha256_of(two), sha256_of(one))}


def test_an_item_near_a_graded_one_is_queued_with_it_in_sight(station: World, tmp_path: Path) -> None:
    """A near hit on a graded item decides nothing: the newcomer is read, and its card names the graded item."""
    one, two = still(1, 92), still(1, 40)
    station.take_in(lay(tmp_path / "1", {"a.jpg": one}))
    graded(station, sha256_of(one))
    assert known(station.take_in(lay(tmp_path / "2", {"b.jpg": two}))) == [("b.jpg", Known.NEAR, True)]
    card, = twin.queue()
    assert [item.sha256 for item in card.items] == [sha256_of(two)]
    assert [alike.other for alike in card.resembles] == [sha256_of(one)]
    first = queries.item(sha256_of(one))
    assert first is not None
    assert first.known is None


def test_a_near_claim_is_near_and_names_its_list(station: World, tmp_path: Path) -> None:
    """A near hit on a list says which list and edition, and how many bits away."""
    station.take_in(lay(tmp_path / "0", {"a.jpg": still(1, 92)}))
    item = queries.item(sha256_of(still(1, 92)))
    assert item is not None
    claimed(station, Claim(list_name="partner", edition="7", sha256="1" * 64, pdq=item.pdq, skip=True))
    outcome, = station.take_in(lay(tmp_path / "1", {"b.jpg": still(1, 91)}))
    assert (outcome.known, outcome.queued) == (Known.NEAR, True)
    resembles = outcome.as_json()["resembles"]
    assert isinstance(resembles, list)
    assert {"list": "partner", "edition": "7", "distance_bits": resembles[0]["distance_bits"]} in resembles


def test_flat_pictures_are_near_nothing(station: World, tmp_path: Path) -> None:
    """Pictures of low PDQ quality would all be alike, so they join nothing."""
    media = {}
    for shade in (10, 200):
        out = io.BytesIO()
        Image.new("RGB", (64, 64), (shade, shade, shade)).save(out, "PNG")
        media[f"{shade}.png"] = out.getvalue()
    assert {one.known for one in station.take_in(lay(tmp_path / "in", media))} == {None}
    assert len(list(twin.queue())) == 2


@pytest.mark.parametrize("order", [["abcd"], *permutations("abcd")], ids="".join)
def test_the_order_of_arrival_changes_nothing(station: World, tmp_path: Path, order: tuple[str, ...]) -> None:
    """Three alike and one stranger give the same records at once and one at a time, in every order."""
    media = {"a": still(1, 92), "b": still(1, 60), "c": still(1, 30), "d": still(2)}
    for names in order:
        station.take_in(lay(tmp_path / names, {name: media[name] for name in names}))
    alike = {sha256_of(media[name]) for name in "abc"}
    items, cards, resemble = _state()
    assert items == {**dict.fromkeys(alike, Known.NEAR), sha256_of(media["d"]): None}
    assert cards == {frozenset(alike), frozenset([sha256_of(media["d"])])}
    assert resemble == {(one, other) for one in alike for other in alike if one != other}


def _state() -> tuple[dict[str, Known | None], set[frozenset[str]], set[tuple[str, str | None]]]:
    items = {item.sha256: item.known for item in queries.items()}
    cards = {frozenset(item.sha256 for item in card.items) for card in twin.queue()}
    return items, cards, {(one.sha256, one.other) for one in queries.resemblances(items)}


def test_running_again_changes_nothing(station: World, tmp_path: Path) -> None:
    """The same folder twice leaves the same records, and no second audit entry."""
    folder = lay(tmp_path / "in", {"a.jpg": still(1), "b.jpg": still(1, 40), "bad.jpg": b"no picture"})
    station.take_in(folder)
    before = _state(), queries.counts()
    station.take_in(folder)
    assert (_state(), queries.counts()) == before


def test_what_is_on_file_is_not_decoded_again(
    station: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Going on after a cut costs the digests of what was done, and says of it what was said before."""
    folder = lay(tmp_path / "in", {"a.jpg": still(1), "b.png": still(2), "bad.jpg": b"\xff\xd8\xff no picture"})
    first = station.take_in(folder)
    looked: list[object] = []

    examine = Decoders.examine

    def look(self: Decoders, sources: Sequence[bytes | Path], wanted: Wanted) -> list[Seen]:
        looked.extend(sources)
        return examine(self, sources, wanted)

    monkeypatch.setattr(Decoders, "examine", look)
    again = station.take_in(folder)
    assert looked == [b"\xff\xd8\xff no picture"]
    assert [one.as_json() for one in again] == [one.as_json() for one in first]


@pytest.mark.parametrize("media_before_the_cut", range(0, 7, 2))
def test_a_cut_run_goes_on(station: World, tmp_path: Path, media_before_the_cut: int) -> None:
    """Cut off after any medium was put into the vault and before its records were, a second run completes it."""
    folder = lay(tmp_path / "in", {f"{n}.jpg": still(n) for n in range(6)})
    put, left = station.vault.put, [media_before_the_cut]

    def cut(sha256: str, stream: io.BytesIO) -> bool:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return put(sha256, stream)

    station.vault.put = cut  # type: ignore[method-assign, assignment]
    if media_before_the_cut < 6:
        with pytest.raises(KeyboardInterrupt):
            station.take_in(folder)
        assert not list(queries.items())
    station.vault.put = put  # type: ignore[method-assign]
    assert all(one.queued for one in station.take_in(folder))
    assert len(list(queries.items())) == 6


def test_each_part_is_on_file_before_its_outcomes_are_given(station: World, tmp_path: Path) -> None:
    """Stop after the first outcome and all that was told is kept."""
    folder = lay(tmp_path / "in", {f"{n:03}.txt": bytes([n]) for n in range(130)})
    outcomes = run(station, [folder], ADA, map=map)
    first = next(iter(outcomes))
    outcomes.close()  # type: ignore[attr-defined]
    assert first.sha256 is not None
    assert queries.item(first.sha256) is not None
    assert len(list(queries.items())) == 64


def test_threads_give_what_one_gives(station: World, tmp_path: Path) -> None:
    """Outcomes come in the order of the paths, whatever thread was faster."""
    folder = lay(tmp_path / "in", {f"{n:03}.bin": bytes([n]) * n for n in range(200)})
    outcomes = list(run(station, [folder], ADA, map=threads(3)))
    assert [Path(one.path).name for one in outcomes] == sorted(f"{n:03}.bin" for n in range(200))
    assert [one.sha256 for one in outcomes] == [sha256_of(bytes([n]) * n) for n in range(200)]


def test_a_bad_medium_is_kept_and_the_rest_goes_on(station: World, tmp_path: Path) -> None:
    """Empty, cut and wrongly named files are items of kind other, with their error, between good ones."""
    whole = still(1)
    media = {"a.jpg": whole, "b.jpg": b"", "c.jpg": whole[:400], "d.txt": still(2), "e.png": b"hello"}
    folder = lay(tmp_path / "in", media)
    found = {Path(one.path).name: one for one in station.take_in(folder)}
    assert [name for name, one in found.items() if one.error] == ["b.jpg", "c.jpg", "e.png"]
    assert [str(one.kind) for one in found.values()] == ["image", "other", "other", "image", "other"]
    assert station.vault.get(sha256_of(whole[:400])).read() == whole[:400]
    assert queries.counts()["items"] == 5


def test_what_is_no_file_is_told(station: World, tmp_path: Path) -> None:
    """INT-01 to INT-03: a missing path, links and pipes are told, never followed or waited for."""
    folder = lay(tmp_path / "in", {"a.jpg": still(1)})
    (folder / "link.jpg").symlink_to(folder / "a.jpg")
    (folder / "loop").symlink_to(folder)
    os.mkfifo(folder / "pipe")
    found = {Path(one.path).name: one.error and one.error.code for one in station.take_in(folder, tmp_path / "none")}
    assert found == {"a.jpg": None, "link.jpg": "INT-02", "loop": "INT-02", "pipe": "INT-03", "none": "INT-01"}


def test_an_unreadable_file_is_told(station: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """INT-01: a file that the system will not open costs only itself."""
    folder = lay(tmp_path / "in", {"a.jpg": still(1), "b.jpg": still(2)})
    really = Path.open

    def refusing(path: Path, *given: str, **named: str) -> object:
        if path.name == "a.jpg":
            raise PermissionError(13, "Permission denied")
        return really(path, *given, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refusing)
    found = {Path(one.path).name: one.error for one in station.take_in(folder)}
    assert found["b.jpg"] is None
    assert "Permission denied" in str(found["a.jpg"])


def test_a_medium_over_the_limit_is_told(tmp_path: Path, store: Store) -> None:
    """INT-04: what is over the limit is not read, and the error tells both sizes."""
    station = world(tmp_path / "station", store, medium_bytes_max=100)
    outcome, = station.take_in(lay(tmp_path / "in", {"a.bin": bytes(101)}))
    assert outcome.error is not None
    assert "101 bytes, at most 100" in str(outcome.error)
    assert outcome.error.code == "INT-04"


def test_a_large_file_is_streamed(station: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file too large to hold gives the same item, read from its path."""
    content = still(1)
    monkeypatch.setattr(media, "IN_MEMORY_BYTES_MAX", 10)
    outcome, = station.take_in(lay(tmp_path / "in", {"a.jpg": content}))
    assert (outcome.sha256, outcome.kind) == (sha256_of(content), Kind.IMAGE)


def test_a_path_is_told_as_the_disk_has_it(station: World, tmp_path: Path) -> None:
    """Line ends, bytes that are no UTF-8 and turned writing come back from JSON as the same name."""
    folder = lay(tmp_path / "in", {"a\n\u202e.jpg": still(1)})
    (tmp_path / "in" / os.fsdecode(b"\xff.jpg")).write_bytes(still(2))
    told = [json.loads(json.dumps(one.as_json()))["path"] for one in station.take_in(folder)]
    assert sorted(told) == sorted(str(path) for path in folder.iterdir())


def test_a_path_that_would_steer_a_terminal_is_spelt_out_in_an_error(station: World, tmp_path: Path) -> None:
    """Escape sequences, bytes that are no UTF-8 and turned writing do not reach a screen."""
    folder = lay(tmp_path / "in", {os.fsdecode(b"a\x1b[2J\xe2\x80\xae\xff.jpg"): b""})
    outcome, = station.take_in(folder)
    assert outcome.error is not None
    assert r"/a\x1b[2J\u202e\xff.jpg" in outcome.error.rendered(outcome.path)


def test_a_full_disk_stops_the_run(station: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """VLT-08: a full disk ends the run with nothing half kept, and running again completes it."""
    import errno

    folder = lay(tmp_path / "in", {"a.jpg": still(1)})
    with monkeypatch.context() as patch:
        def full(_descriptor: int) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(os, "fsync", full)
        with pytest.raises(Broken, match=r"VLT-08.*full[\s\S]*make room"):
            station.take_in(folder)
    assert not [path for path in (station.root / "vault").rglob("*") if path.is_file() and path.name != "check"]
    assert known(station.take_in(folder)) == [("a.jpg", None, True)]
