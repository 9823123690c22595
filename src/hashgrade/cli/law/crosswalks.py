"""`hashgrade law crosswalk`: our words beside other people's codes, there and back."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.cli.law.judging import Facts, grade_in, tree_in
from hashgrade.errors import InputError
from hashgrade.law import judge
from hashgrade.law import load as load_pack
from hashgrade.law.crossing import Said, Unmapped, Unread, back, out
from hashgrade.law.crosswalk import Crosswalk, crosswalk_ids, load, spelt
from hashgrade.law.drafts import notice
from hashgrade.law.judge import possible

UCS = "ucs"

crosswalk = typer.Typer(name="crosswalk", no_args_is_help=True, help="Our words beside other people's codes.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The crosswalk, as `law crosswalk list` names it.")]


@crosswalk.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the crosswalks: whose list each is about, and where that was read."""
    for one in map(load, crosswalk_ids()):
        source = asdict(one.source)
        read = f"read on {one.source.read}" if one.source.read else "general knowledge, not read"
        console.put({"crosswalk": one.id, "version": one.version, "title": one.title, "source": source},
                    f"{one.id} {one.version}: {one.title}\n  {one.source.citation} ({read})", as_json=as_json)


@crosswalk.command()
def show(context: typer.Context, name: Name, as_json: AsJson = False) -> None:
    """Show a crosswalk: each of our values, their code, how the two relate, and why not exactly."""
    chosen = _chosen(context, name)
    if as_json:
        for row in chosen.rows():
            console.put(row, "", as_json=True)
        return
    typer.echo(f"{chosen.title}, version {chosen.version}\n{chosen.source.note}")
    for ours, relation, theirs, reason in chosen.lines():
        typer.echo(f"{ours}\n    {relation:9} {theirs}" + (f"\n    {'':9} {reason}" if reason else ""))


@crosswalk.command("out")
def out_(
    context: typer.Context,
    name: Name,
    facts: Facts,
    report: Annotated[str | None, typer.Option(help="What became of the report that held it.")] = None,
    as_json: AsJson = False,
) -> None:
    """Turn one grade into another's codes, and tell every answer that no code was sent for."""
    chosen, grade = _chosen(context, name), grade_in(facts)
    packs = [load_pack(name) for name in chosen.packs]
    verdicts = [judge(grade, pack) for pack in packs]
    decided = {verdict.pack: verdict.outcome for verdict in verdicts if verdict.outcome is not None}
    undecided = {verdict.pack: list(possible(verdict)) for verdict in verdicts if verdict.outcome is None}
    codes, unmapped = out(grade, decided, chosen, report)
    caution = notice(f"{pack.id} {pack.version}" for pack in packs if pack.review.state == "draft")
    told = {"crosswalk": chosen.id, "version": chosen.version, "codes": codes,
            "unmapped": [asdict(one) for one in unmapped], "undecided": undecided, "notice": caution}
    console.put(told, "\n".join([*_out_text(codes, undecided, unmapped), caution]).rstrip(), as_json=as_json)


def _out_text(
    codes: Mapping[str, object], undecided: Mapping[str, list[str]], unmapped: tuple[Unmapped, ...],
) -> Iterator[str]:
    yield from (f"{field}: {spelt(code)}" for field, code in codes.items())
    if not codes:
        yield "no code"
    yield from (f"  undecided: verdict.{pack}, {' or '.join(outcomes)}" for pack, outcomes in undecided.items())
    yield from (f"  not sent: {one.fact}: {one.value}\n      {one.reason}" for one in unmapped)


@crosswalk.command("back")
def back_(
    context: typer.Context,
    name: Name,
    codes: Annotated[str, typer.Option(
        metavar="FILE", help="A JSON file with a map of fields and codes; - for standard input.")],
    as_json: AsJson = False,
) -> None:
    """Read another's codes: what they say for certain in our words, and which say nothing for certain.

    A field that is absent or null says nothing. A code that the crosswalk does not have is an error.
    """
    chosen = _chosen(context, name)
    said, unread = back(*_placed(codes, chosen))
    console.put({"crosswalk": chosen.id, "version": chosen.version, "said": [asdict(one) for one in said],
                 "unread": [asdict(one) for one in unread]}, "\n".join(_back_text(said, unread)), as_json=as_json)


def _placed(codes: str, chosen: Crosswalk) -> tuple[Any, ...]:
    tree, place = tree_in(codes)
    return tree, chosen, place


def _back_text(said: tuple[Said, ...], unread: tuple[Unread, ...]) -> Iterator[str]:
    for one in said:
        yield f"{one.fact}: {one.value}" + ("" if one.of == "medium" else f" (of {one.of} child)")
    if not said:
        yield "nothing for certain"
    yield from (f"  not read: {one.field}: {spelt(one.code)}\n      {one.reason}" for one in unread)


@crosswalk.command("import")
def import_(
    context: typer.Context,
    name: Name,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with the columns `fact`, `value` and `ucs`.")],
    as_json: AsJson = False,
) -> None:
    """Take the ids that the station was given for a scheme: all of a file or, if one is at fault, none.

    Only `ucs` takes ids. They stand in the station, readable by you alone.
    """
    from hashgrade import app  # noqa: PLC0415 - the station, which commands about law alone do not wait for
    from hashgrade.exchange import ucs  # noqa: PLC0415

    if name != UCS:
        raise InputError("CMD-01", f"`{name}` takes no ids; only `{UCS}` does")
    settings = console.settings(context)
    if not app.exists(settings):
        raise InputError("STA-01", "there is no station here", where=str(settings.station))
    try:
        with file.open("rb") as stream:
            content = stream.read(ucs.BYTES_MAX + 1)
    except OSError as error:
        raise InputError("CMD-01", f"the file cannot be read: {error.strerror}", where=str(file)) from None
    done = ucs.take(settings.station, content, str(file))
    console.put({"crosswalk": UCS, "path": str(done.path), "added": done.added, "total": done.total},
                f"{done.path}: {done.added} new ids, {done.total} in all", as_json=as_json)


def _chosen(context: typer.Context, name: str) -> Crosswalk:
    """A crosswalk of the package; the one to the UCS with the ids of the station, if there is a station."""
    if name != UCS:
        return load(name)
    from hashgrade.exchange import ucs  # noqa: PLC0415 - the station, which the other crosswalks do not wait for

    return ucs.of_station(console.settings(context).station)
