"""Texts that a station keeps, as words: one as its page, and two beside each other."""

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hashgrade.law.load import text_at
from hashgrade.law.pack import Pack, read_packs
from hashgrade.law.wording import in_force, listed, review
from hashgrade.lawbook.amendments import amended, moved
from hashgrade.lawbook.chapter import Model, chapter
from hashgrade.lawbook.outline import Outline

BESIDE = ("sources.md", "cases.yaml")
LINES_MAX = 4_000
"""Lines of a comparison; of more than that the rest is left out."""

Texts = Mapping[str, str]


def page(pack_id: str, texts: Texts, beside: Path) -> Model:
    """Everything that the page of a kept text says, by the same model as the law book's.

    Args:
        pack_id: The pack's name.
        texts: The kept `pack.yaml` of the pack and of every pack that it uses, by name.
        beside: The folder of packs whose `sources.md` and `cases.yaml` of this pack belong to the text; where the
            pack there says otherwise than the text, its cases are left out.

    Raises:
        InputError: As `chapter`.
    """
    with TemporaryDirectory() as laid:
        folder = Path(laid)
        lay(folder, texts, {name: text_at(beside / pack_id / name) for name in BESIDE}, pack_id)
        if text_at(beside / pack_id / "pack.yaml") != texts[pack_id]:
            (folder / pack_id / "cases.yaml").write_text("[]\n", encoding="utf-8")
        return chapter(pack_id, folder)


def lay(folder: Path, texts: Texts, beside: Texts, pack_id: str) -> None:
    """Write texts of packs into a folder of packs, and beside the one of this name its other files."""
    for name, text in texts.items():
        (folder / name).mkdir()
        (folder / name / "pack.yaml").write_text(text, encoding="utf-8", newline="\n")
    for name, text in beside.items():
        (folder / pack_id / name).write_text(text, encoding="utf-8", newline="\n")


def differences(pack_id: str, old: Texts, new: Texts) -> Model:
    """What one text of a pack says that another does not: in words, by rule, by medium, and by line.

    Args:
        pack_id: The pack's name.
        old: The text before, with those of the packs that it uses.
        new: The text that would take its place, likewise.
    """
    before, now = _spoken(pack_id, old), _spoken(pack_id, new)
    return {"said": list(_said(before.pack, now.pack)), "changes": list(amended(before, now)),
            "moved": list(moved(before.pack, now.pack)), "lines": list(_lines(old, new))}


def _spoken(pack_id: str, texts: Texts) -> Outline:
    return Outline(read_packs(texts, pack_id)[0],
                   {name: read_packs(texts, name)[0] for name in texts if name != pack_id})


def _said(old: Pack, new: Pack) -> Iterator[Model]:
    """What is another about the pack as a whole, how it was and how it is."""
    for name, told in (("Version", lambda one: one.version), ("Title", lambda one: one.title), ("Dates", _dates),
                       ("Review", _review), ("Outcomes", lambda one: listed([*one.labels.values()])),
                       ("Sources", lambda one: "; ".join(one.sources.values())),
                       ("Not modelled", lambda one: "; ".join(one.not_modelled))):
        was, now = told(old), told(new)
        if was != now:
            yield {"name": name, "was": was, "now": now}


def _dates(pack: Pack) -> str:
    return in_force(pack.since, pack.until)


def _review(pack: Pack) -> str:
    return review(pack.review.state, pack.review.by, pack.review.on)


def _lines(old: Texts, new: Texts) -> Iterator[dict[str, Any]]:
    """The lines that differ, with three around each: `kind` is gone, new, same or place."""
    count = 0
    for name in sorted({*old, *new}):
        told = unified_diff(old.get(name, "").splitlines(), new.get(name, "").splitlines(), name, name, lineterm="")
        for line in islice(told, 2, None):
            kind = {"-": "gone", "+": "new", "@": "place"}.get(line[:1], "same")
            yield {"kind": kind, "text": line[1:] if kind != "place" else f"{name}, {line.strip('@ ')}"}
            count += 1
            if count >= LINES_MAX:
                return
