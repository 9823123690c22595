"""`hashgrade backup`: a copy of the station, made while people work on it, and the proof that it is whole."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.progress import telling
from hashgrade.errors import Broken

if TYPE_CHECKING:
    from hashgrade.app import Station
    from hashgrade.backups.files import Found

FAULTS_MAX = 1_000
"""Faults that are told one by one."""
MIB = 2**20


def backup(
    context: typer.Context,
    to: Annotated[Path, typer.Argument(metavar="TO", help="A folder, best on another disk: new, empty, or with an "
                                       "earlier backup of this station.")],
    *,
    check: Annotated[bool, typer.Option(
        "--check", help="Copy nothing: read the backup that is there, and hold all of it to what was made.")] = False,
    with_keys: Annotated[bool, typer.Option(
        "--with-keys", help="Copy `keys/` too: whoever has the backup can then read every medium in it.")] = False,
    shredded: Annotated[bool, typer.Option(
        "--shredded", help="Take out of the backup what is no longer in the vault; it is kept otherwise.")] = False,
    why: Annotated[str, typer.Option(help="The reason, for the audit trail.")] = "against loss",
    as_json: AsJson = False,
) -> None:
    """Copy the station into a folder while people work on it, or check a copy that is there.

    All that was saved before it began is in it, but not the station's keys: keep a copy of those elsewhere. Media that
    an earlier backup in the folder has are not copied again. Interrupted, run the same command again; until then an
    earlier backup stays whole.
    """
    if check and (with_keys or shredded):
        raise typer.BadParameter("`--check` copies nothing, so `--with-keys` and `--shredded` have no place beside it")
    if check:
        _check(context, to, why, as_json=as_json)
        return
    station = console.opened(context)
    from hashgrade.backups.making import Wanted, make  # noqa: PLC0415 - of this command alone

    wanted = Wanted(console.operator(), station.now(), keys=with_keys, shredded=shredded)
    with telling("copying") as tell:
        found = make(station.root, to, wanted, tell)
    told = _told(found, to) | {"copied": found.tally.copied, "gone": found.tally.gone}
    _put_on_record(station, "backup made", found, to, why)
    console.put(told, "\n".join(_lines(station, found, to)), as_json=as_json)


def _check(context: typer.Context, to: Path, why: str, *, as_json: bool) -> None:
    from hashgrade import app  # noqa: PLC0415 - pydantic, and what a station needs
    from hashgrade.backups.checking import check  # noqa: PLC0415
    from hashgrade.backups.notes import notes  # noqa: PLC0415

    settings = console.settings(context)
    with telling("checking") as tell:
        found = check(to, tell)
    one, faults = found.manifest, found.faults
    ours = any(note.digest == found.digest for note in notes(settings.station))
    if as_json:
        console.put(_told(found, to) | {"whole": not faults, "on_record": ours, "faults": faults[:FAULTS_MAX],
                                        "faults_total": len(faults)}, "", as_json=True)
    for line in () if as_json else faults[:FAULTS_MAX]:
        typer.echo(line)
    if ours:
        _put_on_record(app.open(settings), "backup checked", found, to, why)
    if faults:
        many = "1 thing is" if len(faults) == 1 else f"{len(faults):,} things are"
        raise Broken("BAK-08", f"{many} not as made", where=str(to))
    if not as_json:
        typer.echo(f"whole: {_said(found)}; made {one.made_at[:19].replace('T', ' ')} UTC by {one.by}")
        typer.echo("" if ours else f"not put on record: {_stranger(settings.station, one.station)}", nl=not ours)


def _stranger(root: Path, made_from: str) -> str:
    """Say why a station has no record of a backup that was made from a station."""
    from hashgrade.backups.files import station_of  # noqa: PLC0415 - likewise

    if not (root / "vault" / "check").exists():
        return f"there is no station at {root} that could know of it"
    if station_of(root) != made_from:
        return f"it is of another station than {root}"
    return (f"CAUTION: {root} knows of no such backup; either somebody changed it as a whole, or the station was "
            "itself put back from a backup since")


def _put_on_record(station: "Station", act: str, found: "Found", to: Path, why: str) -> None:
    """Say in the audit log what was done with which backup, and keep it for the status page."""
    from hashgrade.backups.notes import note_of, remember  # noqa: PLC0415 - likewise

    note = note_of(found, to, station.now().isoformat() if act == "backup checked" else "")
    with station.store.work(console.operator(), why) as work:
        work.act(act, folder=note.folder, manifest_sha256=found.digest, log_until=str(note.entries),
                 log_sha256=found.manifest.last, whole=not found.faults, keys=note.keys)
    remember(station.root, note)


def _told(found: "Found", to: Path) -> dict[str, object]:
    return {"path": str(to), "manifest_sha256": found.digest, **asdict(found.manifest)}


def _said(found: "Found") -> str:
    one = found.manifest
    return (f"{one.files:,} files, {one.size_bytes / MIB:,.1f} MiB; {one.items:,} items, {one.media:,} of them with "
            f"their medium; the audit log until entry {one.entries:,}")


def _lines(station: "Station", found: "Found", to: Path) -> list[str]:
    keys, tally = station.root / "keys", found.tally
    lines = [f"{to} holds {_said(found)}; {tally.copied:,} files were new"]
    if tally.gone:
        lines.append(f"{tally.gone:,} files are no longer in the station's vault and were kept in the backup; if they "
                     "were shredded, run this again with --shredded")
    if to.stat().st_dev == station.root.stat().st_dev:
        lines.append("CAUTION: the backup is on the same disk as the station, and is lost with it")
    lines.append(f"THE KEYS ARE IN IT: whoever has {to} can read every medium" if found.manifest.keys else
                 f"THE KEYS ARE NOT IN IT: without them nobody can read its media; keep a copy of {keys} elsewhere")
    lines.append(f"check it with `hashgrade backup {to} --check`")
    return lines
