"""Codings: what coders answer of the media of a sample, kept as readings are and never part of a grade."""

import io
import json

import pytest
from django.db import IntegrityError, connection

from hashgrade.errors import HashgradeError, InputError
from hashgrade.exchange.lines import parsed, written
from hashgrade.exchange.records import Told, export_records, import_records
from hashgrade.nouns import Coding
from hashgrade.store import models as tables
from hashgrade.store import queries, shapes
from hashgrade.store.work import Store
from tests.cast import ADA, BEN, item, later, sha

LINE = {"type": "coding", "study": "overlays", "sha256": sha(1), "coder": ADA, "at": "2023-04-01T09:00:00Z",
        "answers": {"overlay": "added", "marks": ["logo", "code"]}}


def coding(coder: str = ADA, hours: int = 0, **said: object) -> Coding:
    """A coding of the first item."""
    plain: dict[str, object] = {"sha256": sha(1), "study": "overlays", "coder": coder, "at": later(hours),
                                "answers": {"marks": ("code", "logo"), "overlay": "added"}}
    return Coding(**{**plain, **said})  # type: ignore[arg-type]


def filed(store: Store, *codings: Coding) -> int:
    """File codings of the first item."""
    with store.work(ADA, "a test") as work:
        work.items([item(1)])
        return work.codings(codings)


def test_a_coding_comes_back_as_it_was(store: Store) -> None:
    """Everything a coding says comes back from its row, and from its line."""
    whole = coding(extra={"tool": "a form"})
    assert filed(store, whole, coding(BEN), coding(hours=1, supersedes=later(0))) == 3
    assert list(queries.codings()) == [whole, coding(BEN), coding(hours=1, supersedes=later(0))]
    assert [parsed(written(one)) for one in queries.codings()] == list(queries.codings())


def test_a_block_of_codings_leaves_one_entry(store: Store) -> None:
    """The audit trail says how many codings came, as of every other record."""
    filed(store, coding(), coding(BEN))
    (entry,) = queries.entries()
    assert entry.did["codings"] == 2


def test_the_same_coding_again_changes_nothing(store: Store) -> None:
    """An import that is repeated is not a second coding, and leaves no entry."""
    filed(store, coding())
    assert filed(store, coding()) == 0
    assert queries.counts()["entries"] == queries.counts()["codings"] == 1


@pytest.mark.parametrize(("other", "code"), [
    (coding(hours=1), "STO-06"), (coding(answers={"overlay": "original"}), "STO-06"),
    (coding(hours=2, supersedes=later(1)), "STO-07"), (coding(BEN, supersedes=later(0)), "STO-07"),
    (coding(sha256=sha(2)), "STO-14")])
def test_a_coding_that_contradicts_what_is_on_file_is_refused(store: Store, other: Coding, code: str) -> None:
    """Another answer by the same coder must say what it corrects, and that must be the coder's last."""
    filed(store, coding())
    with pytest.raises(InputError, match=code):
        filed(store, other)
    assert list(queries.codings()) == [coding()]


def test_a_coder_codes_an_item_for_each_study(store: Store) -> None:
    """What is coded for one study says nothing of another."""
    assert filed(store, coding(), coding(study="marks")) == 2


@pytest.mark.parametrize("what", ["UPDATE store_coding SET answers = '{}'", "DELETE FROM store_coding"])
def test_a_coding_is_never_changed(store: Store, what: str) -> None:
    """Not even by who reaches past the programme into the database."""
    filed(store, coding())
    with pytest.raises(IntegrityError, match="store_coding is never changed"), connection.cursor() as cursor:
        cursor.execute(what)


@pytest.mark.parametrize("other", [coding(hours=5), coding(hours=5, supersedes=later(0))])
def test_a_chain_of_codings_does_not_fork(store: Store, other: Coding) -> None:
    """The database holds one first coding, and one correction of each, whatever a programme tries."""
    filed(store, coding(), coding(hours=1, supersedes=later(0)))
    row = shapes.coding_row(other, tables.Item.objects.get().pk)
    with pytest.raises(IntegrityError, match="UNIQUE"):
        row.save(force_insert=True)


BAD: dict[str, tuple[dict[str, object], str, str]] = {
    "no study": ({"study": None}, "LIN-03", "`study` is missing"),
    "a study that is a path": ({"study": "a/b"}, "LIN-04", "a study's name"),
    "no answers": ({"answers": {}}, "LIN-04", "1 to 100 questions by their ids"),
    "answers that are a list": ({"answers": ["added"]}, "LIN-04", "1 to 100 questions by their ids"),
    "a question that is no id": ({"answers": {"Over lay": "added"}}, "LIN-04", "by their ids"),
    "no answer": ({"answers": {"overlay": None}}, "LIN-04", "a value's id for `overlay`"),
    "an empty list": ({"answers": {"overlay": []}}, "LIN-04", "a value's id for `overlay`"),
    "a number": ({"answers": {"overlay": 3}}, "LIN-04", "a value's id for `overlay`"),
    "a list of lists": ({"answers": {"overlay": [["a"]]}}, "LIN-04", "a value's id for `overlay`"),
    "a value twice": ({"answers": {"overlay": ["a", "a"]}}, "LIN-04", "each once"),
    "a value beside cannot_determine": (
        {"answers": {"overlay": ["a", "cannot_determine"]}}, "LIN-04", "`cannot_determine` alone for `overlay`"),
    "a time without a zone": ({"at": "2023-04-01T09:00:00"}, "LIN-04", "a time with its zone"),
}


@pytest.mark.parametrize("bad", BAD)
def test_a_line_that_is_no_coding_is_refused(bad: str) -> None:
    """The error has its code, the line and the column of the key."""
    change, code, words = BAD[bad]
    line = json.dumps(LINE | change).encode()
    with pytest.raises(InputError, match=words) as caught:
        parsed(line, "f.jsonl:1")
    assert caught.value.code == code
    key = next(iter(change))
    assert caught.value.where in (f"f.jsonl:1:{line.index(json.dumps(key).encode()) + 1}", "f.jsonl:1:1")


def test_the_order_of_a_list_is_of_no_account() -> None:
    """Two spellings of one answer are one answer, and one line."""
    turned = LINE | {"answers": {"marks": ["code", "logo"], "overlay": ["cannot_determine"]}}
    same = LINE | {"answers": {"overlay": "cannot_determine", "marks": ["logo", "code"]}}
    assert parsed(json.dumps(turned).encode()) == parsed(json.dumps(same).encode())
    assert written(parsed(json.dumps(turned).encode())) == written(parsed(json.dumps(same).encode()))


def test_codings_come_in_and_go_out_with_all_other_records(store: Store) -> None:
    """A correction may stand before what it corrects, the rest of a bad file comes in, and the export is whole."""
    correction = LINE | {"at": "2023-04-02T09:00:00Z", "supersedes": LINE["at"], "answers": {"overlay": "original"}}
    of_nobody = LINE | {"sha256": sha(9)}
    lines = [{"type": "item", "sha256": sha(1), "first_seen": "2023-04-01T08:00:00Z"}, correction, LINE, of_nobody]
    errors: list[HashgradeError] = []
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    tally = import_records(store, io.BytesIO(data), ADA, "f.jsonl", Told(refused=errors.append))
    assert (dict(tally.changed), [(error.code, error.where) for error in errors]) == (
        {"items": 1, "codings": 2}, [("STO-14", "f.jsonl:4:1")])
    out = io.BytesIO()
    assert export_records(out) == 3
    assert [json.loads(line)["at"] for line in out.getvalue().splitlines()[1:]] == [LINE["at"], correction["at"]]
