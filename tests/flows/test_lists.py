"""Lists out and in: only what a policy says, signed, and other people's as claims."""

import csv
import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import cast

import pytest

from hashgrade.errors import Broken, HashgradeError, InputError
from hashgrade.exchange import csvlist, release, ucs, vics
from hashgrade.exchange.listed import Listed
from hashgrade.exchange.lists import Imported, Source, import_list, members, publish, read_policy, verify
from hashgrade.law.condition import Condition
from hashgrade.law.drafts import notice
from hashgrade.nouns import Child, Grade, Kind, Known, Sighting
from hashgrade.store import queries
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, CY, MORNING, Clock, grade, item, reading, sha
from tests.world import Partner, World, lay, still, world

CHILD: Child = {"age_band": "7-10", "puberty": "prepubescent", "activity": ("posing_nude",)}
IN_C = grade(CHILD, depiction="photographic", assessable="yes", indecent="yes", adult_visible="no")
NONE = grade(CHILD, depiction="photographic", assessable="yes", indecent="no", adult_visible="no")
OPEN = grade(CHILD, depiction="photographic", assessable="yes", adult_visible="no")
ABC = "any: [{verdict.uk-ew: {in: [A, B, C]}}]\n"
PDQ = "5a" * 32


@pytest.fixture(name="station")
def new_station(tmp_path: Path, store: Store) -> World:
    return world(tmp_path / "station", store)


@pytest.fixture(name="partner")
def new_partner(tmp_path: Path) -> Partner:
    return Partner(tmp_path / "partner")


def graded(store: Store, number: int, said: Grade, **given: object) -> None:
    with store.work(CY, "records") as work:
        work.items([item(number, **given)])
        work.readings([reading(number, reader, said) for reader in (ADA, BEN)])


def policy_of(station: World, text: str = ABC) -> Path:
    path = station.root / "policy.yaml"
    path.write_text(text)
    return path


def published(station: World, text: str = ABC) -> Path:
    return publish(station, "main", read_policy(policy_of(station, text), station.packs), CY).folder


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "hashes.csv").open(newline="") as text:
        return list(csv.DictReader(text))


def test_only_what_the_policy_is_true_of_is_listed(station: World) -> None:
    """Of three graded items and one ungraded, the one that is C is listed; undecided and `none` are not."""
    graded(station.store, 1, IN_C, md5="1" * 32, sha1="2" * 40, pdq=PDQ, pdq_quality=99)
    graded(station.store, 2, NONE)
    graded(station.store, 3, OPEN)
    with station.store.work(CY, "records") as work:
        work.items([item(4)])
    assert rows(published(station)) == [{
        "sha256": sha(1), "md5": "1" * 32, "sha1": "2" * 40, "pdq": PDQ, "pdq_quality": "99", "kind": "image",
        "uk-ew": "C", "us-industry": ""}]


def test_an_ungraded_item_is_never_listed(station: World) -> None:
    """A policy that asks nothing of law still lists only what has a grade of record."""
    graded(station.store, 1, NONE)
    with station.store.work(CY, "records") as work:
        work.items([item(2)])
    assert [row["sha256"] for row in rows(published(station, "kind: {is: image}"))] == [sha(1)]


def test_a_policy_may_ask_where_an_item_was_seen(station: World) -> None:
    """Sites, hosts and whether it was redistributed come from all sightings of the item, and unknown is not true."""
    for number in range(1, 5):
        graded(station.store, number, NONE)
    seen = [(1, "forum", True), (2, "forum", True), (2, "image_host", False), (4, None, None)]
    with station.store.work(CY, "records") as work:
        work.sightings(
            Sighting(sha256=sha(n), url=f"https://{site}.example/{n}", seen_at=MORNING, site_type=site,
                     original_upload=original) for n, site, original in seen)

    def listed(tree: object) -> list[str | None]:
        return [one.sha256 for one in members(station.packs, Condition.parse(tree))]

    assert listed({"site_type": {"is": "forum"}}) == [sha(1), sha(2)]
    assert listed({"redistributed": {"is": "yes"}}) == [sha(2)]
    assert listed({"redistributed": {"is": "no"}}) == [sha(1)]
    assert listed({"site_type_away": {"in": ["forum", "image_host"]}}) == [sha(2)]
    assert listed({"hosts": {"over": 1}}) == [sha(2)]


def test_the_manifest_tells_what_the_edition_is(station: World) -> None:
    """Name, number, time, policy, packs with versions and review state, drafts, and a digest for each file."""
    graded(station.store, 1, IN_C)
    folder = published(station)
    told = json.loads((folder / "manifest.json").read_bytes())
    assert folder == station.root / "lists" / "main" / "1"
    assert (told["name"], told["edition"], told["issued_at"]) == ("main", 1, "2023-04-01T09:00:00Z")
    assert told["policy"] == {"any": [{"verdict.uk-ew": {"in": ["A", "B", "C"]}}]}
    assert {pack["id"]: pack["version"] for pack in told["packs"]} == {pack.id: pack.version for pack in station.packs}
    assert told["draft"] == [pack.id for pack in station.packs if pack.review.state == "draft"]
    assert set(told["files"]) == {"hashes.csv", "vics.json"}


def test_the_manifest_says_that_the_law_is_a_draft(station: World) -> None:
    """Packs in draft are named with their versions in one sentence; each pack has the digest of its text in force."""
    told = json.loads((published(station) / "manifest.json").read_bytes())
    names = " and ".join(f"{pack.id} {pack.version}" for pack in station.packs)
    assert told["notice"] == (
        f"Draft law: made with packs {names}. No counsel has reviewed them. A verdict is indicative; legality is for a "
        "court.")
    in_force = World(station.root, station.store, station.vault, station.settings, station.packs, {"uk-ew": "ab" * 32})
    told = json.loads((published(in_force) / "manifest.json").read_bytes())
    assert [pack["digest"] for pack in told["packs"]] == ["ab" * 32, None]


@pytest.mark.parametrize(("drafts", "said"), [
    ([], ""), (["zz 1"], "Draft law: made with pack zz 1. No counsel has reviewed it. A verdict is indicative; "
                         "legality is for a court.")])
def test_the_notice_fits_how_many_are_drafts(drafts: list[str], said: str) -> None:
    """Where every pack is reviewed nothing is said; one draft is spoken of as one."""
    assert notice(drafts) == said


def test_an_edition_tells_of_answers_only_where_that_is_asked(station: World) -> None:
    """`labels.csv` has a line for each answer, an empty id until one is imported, and is signed like the rest."""
    graded(station.store, 1, IN_C)
    by = read_policy(policy_of(station), station.packs)
    assert not (publish(station, "main", by, CY).folder / release.LABELS).exists()
    first = publish(station, "main", by, CY, labels=True)
    ucs.take(station.root, b"fact,value,ucs\nage_band,7-10,X-1\n", "ids.csv")
    second = publish(station, "main", by, CY, labels=True)
    found = [list(csv.DictReader((done.folder / release.LABELS).open(newline=""))) for done in (first, second)]
    assert {(row["fact"], row["value"]) for row in found[0]} == {
        ("assessable", "yes"), ("depiction", "photographic"), ("adult_visible", "no"), ("indecent", "yes"),
        ("age_band", "7-10"), ("puberty", "prepubescent"), ("activity", "posing_nude")}
    assert {row["ucs"] for row in found[0]} == {""}
    assert [row["fact"] for row in found[1] if row["ucs"] == "X-1"] == ["age_band"]
    assert first.entries[release.LABELS] == len(found[0])
    told = verify(second.folder, release.public_key_file(station.root))
    assert release.LABELS in cast("dict[str, object]", told["files"])


def test_flags_of_an_edition_are_those_of_the_grade_of_record(station: World) -> None:
    """A VICS record says self-generated where that was answered, and an edition without the answer has no flag."""
    graded(station.store, 1, IN_C, md5="1" * 32)
    graded(station.store, 2, grade(CHILD, **IN_C.facts, origin="self_generated"), md5="2" * 32)
    with (published(station) / "vics.json").open() as text:
        found = {one.md5: one.extra for one in vics.read(text) if isinstance(one, Listed)}
    assert "SelfGenerated" not in found["1" * 32]
    assert found["2" * 32]["SelfGenerated"] is True


def test_an_edition_verifies_with_its_key(station: World) -> None:
    """What was published is verified, and its record has the manifest's digest."""
    graded(station.store, 1, IN_C)
    folder = published(station)
    told = verify(folder, release.public_key_file(station.root))
    edition, = queries.editions("main")
    assert told["edition"] == edition.number == 1
    assert edition.members == 1
    assert edition.manifest_sha256 == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def test_an_edition_of_ours_verifies_by_its_name(station: World) -> None:
    """NAME is the newest edition and NAME/N is one of them."""
    graded(station.store, 1, IN_C)
    first, second = published(station), published(station)
    key = release.public_key(release.public_key_file(station.root))
    found = [release.verify_standing(station.root / "lists", spelt, key)[0] for spelt in ("main", "main/1")]
    assert found == [second, first]


def test_a_stranger_can_check_the_signature(station: World) -> None:
    """The signature is Ed25519 over the manifest's bytes, in hex, under a key in PEM."""
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    folder = published(station)
    key = load_pem_public_key(release.public_key_file(station.root).read_bytes())
    signature = bytes.fromhex((folder / "manifest.json.sig").read_text())
    key.verify(signature, (folder / "manifest.json").read_bytes())  # type: ignore[call-arg, union-attr]


def test_the_vics_file_is_vics(station: World) -> None:
    """Lines with an MD5 are in the hash set, uncategorised; those without are counted out."""
    graded(station.store, 1, IN_C, md5="1" * 32, pdq=PDQ, pdq_quality=99)
    graded(station.store, 2, IN_C)
    folder = published(station)
    with (folder / "vics.json").open() as text:
        lines = list(vics.read(text))
    assert [line.md5 for line in lines if isinstance(line, Listed)] == ["1" * 32]
    told = json.loads((folder / "manifest.json").read_bytes())
    assert {name: file["entries"] for name, file in told["files"].items()} == {"hashes.csv": 2, "vics.json": 1}


def test_both_files_are_of_one_time(station: World, clock: Clock) -> None:
    """A VICS record is dated as its edition, to the whole second."""
    graded(station.store, 1, IN_C, md5="1" * 32)
    clock.forward(seconds=0.25)
    folder = published(station)
    issued_at = json.loads((folder / "manifest.json").read_bytes())["issued_at"]
    assert json.loads((folder / "vics.json").read_bytes())["value"][0]["DateUpdated"] == issued_at


def test_nothing_private_is_published(station: World) -> None:
    """Keys that came with an imported record stay out of every file of an edition."""
    graded(station.store, 1, IN_C, md5="1" * 32, extra={"case_officer": "not for publication"})
    assert not any(b"not for pub" in path.read_bytes() for path in published(station).iterdir())


def test_editions_are_numbered_and_never_reused(station: World) -> None:
    """Each publication is the next edition, also after a folder that was left without a record."""
    first, second = published(station), published(station)
    (station.root / "lists" / "main" / "7").mkdir()
    assert [first.name, second.name, published(station).name] == ["1", "2", "8"]


def test_the_same_records_give_the_same_files(station: World) -> None:
    """Two editions of the same records differ in nothing but number and time."""
    for number in range(9):
        graded(station.store, number, IN_C, md5=f"{number:032x}")
    first, second = published(station), published(station)
    for name in ("hashes.csv", "vics.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()


def test_a_failed_publication_leaves_nothing(station: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off in the middle of the files, no edition stands and none is on record."""
    graded(station.store, 1, IN_C)

    def cut(*_given: object) -> str:
        raise KeyboardInterrupt

    monkeypatch.setattr(csvlist, "row", cut)
    with pytest.raises(KeyboardInterrupt):
        published(station)
    assert list((station.root / "lists" / "main").iterdir()) == []
    assert queries.editions("main") == []


def test_an_edition_of_a_partner_is_imported_as_claims(station: World, partner: Partner) -> None:
    """A verified edition gives claims under the name chosen here, with the list's own name and number."""
    partner.lines = [Listed(sha256=sha(1), md5="1" * 32, kind=Kind.VIDEO), Listed(pdq=PDQ, pdq_quality=80)]
    done = import_list(station, "friends", Source(partner.publish(), key=partner.key), CY)
    assert done == Imported("friends", "partner/1", lines=2, added=2, bad=0, near=0)
    assert {(claim.list_name, claim.edition, claim.sha256, claim.skip) for claim in queries.claims()} == {
        ("friends", "partner/1", sha(1), False), ("friends", "partner/1", None, False)}


def test_importing_twice_changes_nothing(station: World, partner: Partner) -> None:
    """The same edition again adds no claim and no audit entry."""
    partner.lines = [Listed(sha256=sha(n)) for n in range(5)]
    source = Source(partner.publish(), key=partner.key)
    import_list(station, "friends", source, CY)
    before = queries.counts()
    assert import_list(station, "friends", source, CY).added == 0
    assert queries.counts() == before


def test_an_edition_keeps_its_number_under_its_own_name(station: World, partner: Partner) -> None:
    """Two lists imported under one name of ours are two editions, never one."""
    assert import_list(station, "partner", Source(partner.publish(), key=partner.key), CY).edition == "1"
    other = import_list(station, "friends", Source(partner.publish(), key=partner.key), CY)
    assert other.edition == "partner/2"


def test_a_new_edition_withdraws_what_it_lacks(station: World, partner: Partner, tmp_path: Path) -> None:
    """What the newest edition no longer names is no longer claimed."""
    content = still(1)
    folder = lay(tmp_path / "in", {"a.jpg": content})
    partner.lines = [Listed(sha256=hashlib.sha256(content).hexdigest()), Listed(sha256=sha(2))]
    import_list(station, "friends", Source(partner.publish(), skip=True, key=partner.key), CY)
    assert not station.take_in(folder)[0].queued
    partner.lines = partner.lines[1:]
    import_list(station, "friends", Source(partner.publish(), skip=True, key=partner.key), CY)
    outcome, = station.take_in(folder)
    assert outcome.queued
    assert outcome.as_json()["lists"] == []


def test_an_edition_without_lines_withdraws_the_older_one(station: World, partner: Partner) -> None:
    """A publisher who withdraws everything is believed: the empty edition is the one in use."""
    partner.lines = [Listed(sha256=sha(1))]
    import_list(station, "friends", Source(partner.publish(), key=partner.key), CY)
    partner.lines = []
    done = import_list(station, "friends", Source(partner.publish(), key=partner.key), CY)
    assert (done.edition, done.lines) == ("partner/2", 0)
    assert queries.imported_lists() == [("friends", "partner/2")]
    assert list(queries.claims()) == []


def test_a_list_of_bad_lines_withdraws_nothing(station: World, tmp_path: Path) -> None:
    """A file of which no line can be read is damaged, and what was claimed stays claimed."""
    path = tmp_path / "list.csv"
    path.write_text(f"sha256\n{sha(1)}\n")
    import_list(station, "one", Source(path, edition="1"), CY)
    path.write_text("sha256\nnonsense\n")
    import_list(station, "one", Source(path, edition="2"), CY)
    assert [claim.sha256 for claim in queries.claims()] == [sha(1)]


def test_an_older_edition_is_imported_where_that_is_meant(station: World, partner: Partner) -> None:
    """Going back on purpose makes the older edition the one in use."""
    first, second = partner.publish(), partner.publish()
    import_list(station, "friends", Source(second, key=partner.key), CY)
    import_list(station, "friends", Source(first, key=partner.key, older=True), CY)
    assert queries.imported_lists() == [("friends", "partner/1")]


def test_a_csv_and_a_vics_file_are_told_apart_by_their_content(station: World, tmp_path: Path) -> None:
    """Either format under any name is read, and the same file is the same edition."""
    csv_file, vics_file = tmp_path / "a.json", tmp_path / "b.csv"
    csv_file.write_text("\ufeffmd5,series\n" + "1" * 32 + ",x\n")
    vics_file.write_text(vics.HEAD + vics.record(Listed(md5="2" * 32), MORNING) + vics.TAIL)
    first = import_list(station, "one", Source(csv_file), CY)
    import_list(station, "two", Source(vics_file, edition="2024-02"), CY)
    assert first.edition == import_list(station, "one", Source(csv_file), CY).edition
    assert len(first.edition) == 16
    assert [(claim.list_name, claim.md5) for claim in queries.claims()] == [("one", "1" * 32), ("two", "2" * 32)]
    assert [claim.extra.get("series") for claim in queries.claims("one")] == ["x"]
    assert dict(queries.imported_lists())["two"] == "2024-02"


def test_bad_lines_are_told_and_the_rest_is_kept(station: World, tmp_path: Path) -> None:
    """Each bad line is an error with its place; the good ones are claims."""
    path = tmp_path / "list.csv"
    path.write_text(f"sha256\n{sha(1)}\nnonsense\n{sha(2)}\n")
    wrong: list[HashgradeError] = []
    done = import_list(station, "one", Source(path), CY, wrong.append)
    assert (done.lines, done.added, done.bad) == (2, 2, 1)
    assert "list.csv:3" in str(wrong[0])


def test_a_long_import_commits_in_parts_that_tell_their_lines(
    station: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each batch is one audit entry with its list, edition and range of lines."""
    monkeypatch.setattr("hashgrade.exchange.lists.BATCH", 4)
    path = tmp_path / "list.csv"
    path.write_text("sha256\n" + "".join(f"{sha(n)}\n" for n in range(10)))
    import_list(station, "one", Source(path, edition="e"), CY)
    assert [entry.did.get("lines") for entry in queries.entries()] == [[1, 4], [5, 8], [9, 10]]


def test_what_waits_is_recognised_when_a_list_arrives(station: World, tmp_path: Path) -> None:
    """An item in the queue becomes claimed by an exact line and near by a near one, as had the list come first."""
    station.take_in(lay(tmp_path / "in", {"a.jpg": still(1), "b.jpg": still(2)}))
    items = {one.pdq: one for one in queries.items()}
    (pdq, near), (_other, exact) = items.items()
    path = tmp_path / "list.csv"
    path.write_text(f"sha256,pdq\n{sha(1)},{pdq}\n{exact.sha256},\n")
    done = import_list(station, "one", Source(path), CY)
    assert done.near == 1
    after = {one.sha256: one.known for one in queries.items()}
    assert after == {near.sha256: Known.NEAR, exact.sha256: Known.CLAIMED}


def test_first_seen_can_bound_a_list(station: World) -> None:
    """A policy on days and kinds reads the item's own fields."""
    graded(station.store, 1, NONE)
    graded(station.store, 2, NONE, first_seen=MORNING + timedelta(days=400))
    found = members(station.packs, Condition.parse({"first_seen": {"under": "2024-01-01"}}))
    assert [one.sha256 for one in found] == [sha(1)]


def test_a_folder_of_ours_is_verified_with_our_key(station: World, partner: Partner) -> None:
    """REL-03: without a key, an edition must be our own, so a partner's is refused until its key is named."""
    partner.lines = [Listed(sha256=sha(1))]
    with pytest.raises(Broken, match="REL-03"):
        import_list(station, "friends", Source(partner.publish()), CY)
    graded(station.store, 1, IN_C)
    assert import_list(station, "own", Source(published(station)), CY).added == 1


def test_an_unknown_pack_in_a_policy_is_told(station: World) -> None:
    """A policy on a pack that is not in use is refused with the place."""
    with pytest.raises(InputError, match=r"CON-\d\d[\s\S]*policy.yaml:1"):
        read_policy(policy_of(station, "verdict.atlantis: {is: A}"), station.packs)
