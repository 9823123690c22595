"""`hashgrade law in-force`, `preview`, `propose`, `approve` and `history`: which text of a pack a station judges by."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.progress import telling
from hashgrade.errors import HashgradeError, InputError, printable
from hashgrade.law import Pack, grades
from hashgrade.law.flaws import in_a_line

if TYPE_CHECKING:
    from hashgrade.enacting import Change, Preview
    from hashgrade.store.force import Enacted, Text
    from hashgrade.store.verdicts import Given, Held

DIGEST_SHOWN = 12

Named = Annotated[str, typer.Argument(
    metavar="PACK", help="A pack's name, or the folder of its `pack.yaml`; by name, of the settings or the package.")]
Why = Annotated[str, typer.Option(help="The reason, for the audit trail.")]
Items = Annotated[bool, typer.Option("--items", help="List the SHA-256 of the items that would change.")]


def in_force(context: typer.Context, as_json: AsJson = False) -> None:
    """Show which text of each pack is in force, since when and by whom, and which newer text waits for what."""
    station = console.opened(context)
    from hashgrade.enacting import newer  # noqa: PLC0415 - needs the station open
    from hashgrade.store import force  # noqa: PLC0415

    waiting, files, used = force.waiting(), newer(station.settings.packs), {one.pack for one in station.in_force}
    for one in (*station.in_force, *(one for one in force.in_force().values() if one.pack not in used)):
        proposed, text = waiting.get(one.pack), files.get(one.pack)
        told = {**one.as_json(), "in_use": one.pack in used, "proposed": proposed.as_json() if proposed else None,
                "newer": _newer(text)}
        unused = [] if one.pack in used else ["  the settings do not name it: no list and no study uses it"]
        lines = [_enacted_text(one), *unused, *_waiting_text(one.pack, proposed, text)]
        console.put(told, "\n".join(lines), as_json=as_json)


def _newer(text: "Text | HashgradeError | None") -> dict[str, str] | None:
    if text is None or isinstance(text, HashgradeError):
        return text.as_json() if text else None
    return {"version": text.pack.version, "digest": text.digest, "review": text.pack.review.state}


def _enacted_text(one: "Enacted") -> str:
    by = "first named by the settings" if one.first else f"proposed by {one.proposed_by}, approved by {one.approved_by}"
    return f"{_version(one.pack, one.version, one.review, one.digest)}, in force since {_time(one.since)}, {by}"


def _waiting_text(pack_id: str, proposed: "Enacted | None", text: "Text | HashgradeError | None") -> Iterator[str]:
    if proposed:
        yield (f"  proposed: {proposed.version}, digest {proposed.digest[:DIGEST_SHOWN]}, by {proposed.proposed_by} on "
               f"{_time(proposed.proposed_at)}: {printable(proposed.proposed_why)}")
        yield f"  another person may look at it (`law preview {pack_id}`) and approve it (`law approve {pack_id}`)"
    if isinstance(text, HashgradeError):
        yield f"  its files are at fault: error[{text.code}]: {printable(text.what)}"
    elif text and not (proposed and proposed.digest == text.digest):
        yield (f"  its files say otherwise: {text.pack.version}, digest {text.digest[:DIGEST_SHOWN]}; it changes "
               f"nothing until it is proposed (`law propose {pack_id}`) and approved")


def preview(context: typer.Context, pack: Named, items: Items = False, as_json: AsJson = False) -> None:
    """Show what a pack's files would change over the station's records, and change nothing.

    For each change of outcome it counts the items with a grade of record, and gives examples of their grades.
    """
    station = console.opened(context)
    from hashgrade.enacting import place  # noqa: PLC0415 - needs the station open
    from hashgrade.store import force  # noqa: PLC0415

    text = place(pack, station.settings.packs).text()
    current = force.in_force().get(text.pack_id)
    compare(force.pack_of(current) if current else None, text.pack, items=items, as_json=as_json)
    if not as_json and current and current.version == text.pack.version and current.digest != text.digest:
        typer.echo(f"note: both texts call themselves version {current.version}")


def compare(old: Pack | None, new: Pack, *, items: bool, as_json: bool) -> None:
    """Print which outcomes of the open station's grades of record are other under `new` than under `old`."""
    from hashgrade.enacting import items_of, preview  # noqa: PLC0415 - needs the station open

    with telling("judging") as tell:
        found = preview(old, new, tell)
    told = {
        "old": _named(old) if old else None, "new": _named(new), "items": found.items, "changed": found.changed,
        "changes": [_change(change, items_of(change) if items else None) for change in found.changes]}
    console.put(told, "\n".join(_preview_text(old, new, found, items=items)), as_json=as_json)


def _named(pack: Pack) -> dict[str, str]:
    return {"pack": pack.id, "version": pack.version, "review": pack.review.state}


def _change(change: "Change", items: list[str] | None) -> dict[str, object]:
    told: dict[str, object] = {"from": change.before or None, "to": change.after, "items": change.items,
                               "examples": [grades.as_json(grade) for grade in change.examples]}
    return told if items is None else {**told, "sha256": items}


def _preview_text(old: Pack | None, new: Pack, found: "Preview", *, items: bool) -> Iterator[str]:
    from hashgrade.enacting import items_of  # noqa: PLC0415 - needs the station open

    before = f"{old.id} {old.version}" if old else "not in use"
    yield f"{before} -> {new.id} {new.version} ({new.review.state}): changes {found.changed:,} of {found.items:,} items"
    for change in found.changes:
        yield f"  {change.before or 'no outcome'} -> {change.after}: {change.items:,} items"
        yield from (f"    such as {in_a_line(grade)}" for grade in change.examples)
        if items:
            yield from (f"    {name}" for name in items_of(change))


def propose(context: typer.Context, pack: Named, why: Why, as_json: AsJson = False) -> None:
    """Propose what a pack's files say; it is in force once another person has approved it.

    A text that waits already is taken back. Nothing is judged anew before the approval.
    """
    station = console.opened(context)
    from hashgrade import enacting  # noqa: PLC0415 - needs the station open

    text = enacting.propose(station.store, enacting.place(pack, station.settings.packs), console.operator(), why)
    _put(text, "proposed", "waits until another person approves it with `hashgrade law approve`", as_json=as_json)


def approve(context: typer.Context, pack: Named, why: Why, as_json: AsJson = False) -> None:
    """Approve what another person proposed, and so put it in force: every grade of record is judged anew.

    What is approved is what the pack's files say here and now, and it must be the very text that was proposed.
    Others can go on working meanwhile. If it is stopped, the text still waits; approved again, it goes on from there.
    The verdicts until now stay readable with `law history`.
    """
    station = console.opened(context)
    from hashgrade import enacting  # noqa: PLC0415 - needs the station open

    where = enacting.place(pack, station.settings.packs)
    with telling("judging") as tell:
        text = enacting.approve(station.store, where, console.operator(), why, tell)
    _put(text, "in force", "is in force from now on", as_json=as_json)


def _put(text: "Text", state: str, what: str, *, as_json: bool) -> None:
    pack = text.pack
    told = {"pack": pack.id, "version": pack.version, "digest": text.digest, "review": pack.review.state,
            "state": state}
    console.put(told, f"{_version(pack.id, pack.version, pack.review.state, text.digest)} {what}", as_json=as_json)


def history(
    context: typer.Context,
    sha256: Annotated[str, typer.Argument(metavar="SHA256", help="The item.")],
    as_json: AsJson = False,
) -> None:
    """Show every grade of record that an item had, and its verdicts under each pack, with their reasons."""
    console.opened(context)
    from hashgrade.store import queries, verdicts  # noqa: PLC0415 - needs the station open

    name = sha256.lower()
    if queries.item(name) is None:
        raise InputError("STO-14", "the item is not on file", where=sha256)
    found = verdicts.history(name)
    told = {"sha256": name, "grades": [_held(one) for one in found]}
    lines = [line for held in found for line in _held_text(held)] or ["  it has no grade of record yet"]
    console.put(told, "\n".join([name, *lines]), as_json=as_json)


def _held(held: "Held") -> dict[str, object]:
    return {"since": held.since.isoformat(), "until": held.until.isoformat() if held.until else None,
            "grade_sha256": held.sha256, "grade": grades.as_json(held.grade) if held.grade else None,
            "verdicts": [_given(one) for one in held.verdicts]}


def _given(one: "Given") -> Mapping[str, object]:
    return {name: value.isoformat() if isinstance(value, datetime) else value
            for name in one.__slots__ for value in (getattr(one, name),)}


def _held_text(held: "Held") -> Iterator[str]:
    yield f"  {_span(held.since, held.until)}: {in_a_line(held.grade) if held.grade else 'no grade of record'}"
    for one in held.verdicts:
        undecided = f"undecided: at least {one.at_least} ({one.label}), could be {', '.join(one.could_be)}"
        yield f"    {_version(one.pack, one.version, one.review, one.digest)}, {_span(one.since, one.until)}"
        yield f"      {undecided if one.outcome is None else f'{one.outcome} ({one.label})'}"
        yield from (f"      by {reason['rule']}: {reason['citation']}, {reason['article']}; from "
                    f"{', '.join(reason['facts'])}" for reason in one.reasons)
        if one.missing:
            yield f"      still to be asked: {', '.join(one.missing)}"


def _version(pack_id: str, version: str, review: str, digest: str) -> str:
    state = " (draft, not reviewed by counsel)" if review == "draft" else ""
    return f"{pack_id} {version}{state}, digest {digest[:DIGEST_SHOWN]}"


def _span(since: datetime, until: datetime | None) -> str:
    return f"from {_time(since)}" + (f" until {_time(until)}" if until else "")


def _time(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
