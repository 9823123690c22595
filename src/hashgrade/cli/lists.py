"""`hashgrade list`: editions of hash lists, out and in."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.errors import printable

lists = typer.Typer(name="list", no_args_is_help=True, help="Hash lists: signed editions out, claims in.")

Key = Annotated[Path | None, typer.Option(help="The signer's public key in PEM; this station's own unless given.")]


@lists.command()
def publish(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The list; its next edition is published.")],
    policy: Annotated[Path, typer.Option(help="A YAML file with the condition that a listed item fulfils.")],
    *,
    labels: Annotated[bool, typer.Option("--labels", help="Give members the answers too, in `labels.csv`.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish the next edition of a list: every graded item of which the policy is true, signed."""
    station = console.opened(context)
    from hashgrade.exchange.lists import publish as publish_next  # noqa: PLC0415 - needs the station open
    from hashgrade.exchange.lists import read_policy  # noqa: PLC0415

    done = publish_next(station, name, read_policy(policy, station.packs), console.operator(), labels=labels)
    told = {
        "list": name, "edition": done.edition.number, "path": str(done.folder), "entries": dict(done.entries),
        "manifest_sha256": done.edition.manifest_sha256, "draft": list(done.draft)}
    files = ", ".join(f"{count:,} in {file}" for file, count in done.entries.items())
    lines = [f"published edition {done.edition.number} of {name}: {files}, in {done.folder}"]
    if done.draft:
        lines.append(f"packs not reviewed by counsel: {', '.join(done.draft)}; the manifest says so")
    console.put(told, "\n".join(lines), as_json=as_json)


@lists.command()
def verify(
    context: typer.Context,
    edition: Annotated[str, typer.Argument(metavar="FOLDER_OR_NAME", help=(
        "An edition's folder; or NAME, the newest edition of a list of this station, or NAME/N, one of them."))],
    key: Key = None,
    as_json: AsJson = False,
) -> None:
    """Prove that an edition is what the holder of the key signed, every file of it.

    An edition that is named, and not given as a folder, must also have the name and number it was signed with.
    """
    root = console.settings(context).station
    from hashgrade.exchange import release  # noqa: PLC0415 - ciphers are slow to import

    folder, proof = Path(edition), release.public_key(key or release.public_key_file(root))
    if folder.is_dir():
        manifest = release.verify(folder, proof)
    else:
        folder, manifest = release.verify_standing(root / "lists", edition, proof)
    told = {"path": str(folder), "list": manifest["name"], "edition": manifest["edition"], "verified": True,
            "draft": manifest.get("draft", []), "synthetic": manifest.get("synthetic", False)}
    issued = printable(str(manifest["issued_at"]))
    text = f"edition {manifest['edition']} of {manifest['name']}, issued {issued}: every file is as signed"
    console.put(told, "\n".join([text, *_cautions(told)]), as_json=as_json)


def _cautions(told: Mapping[str, object]) -> list[str]:
    draft = told["draft"]
    said = ["it was made from synthetic records"] if told["synthetic"] else []
    if isinstance(draft, list) and draft:
        said.append(f"made with packs not reviewed by counsel: {', '.join(printable(str(name)) for name in draft)}")
    return said


@lists.command("import")
def import_(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the list here.")],
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="An edition's folder, a CSV list, or VICS JSON.")],
    *,
    skip: Annotated[bool, typer.Option("--skip", help="Do not queue what the list names exactly.")] = False,
    edition: Annotated[str, typer.Option(help="The edition of a file; of its bytes unless given.")] = "",
    key: Key = None,
    older: Annotated[bool, typer.Option("--older", help="Go back to an edition older than the one in use.")] = False,
    as_json: AsJson = False,
) -> None:
    """Keep another's list as claims, and mark what waits to be read and is on it or near it.

    A line that cannot be read is told with its place, and the rest goes on.
    """
    station = console.opened(context)
    from hashgrade.exchange.lists import Source, import_list  # noqa: PLC0415 - needs the station open

    done = import_list(station, name, Source(source, skip, edition, key, older), console.operator(), console.tell)
    told = {"list": name, "edition": done.edition, "lines": done.lines, "added": done.added, "bad": done.bad,
            "near": done.near}
    text = (f"{name}, edition {done.edition}: {done.lines:,} lines, {done.added:,} new claims, {done.bad:,} bad lines; "
            f"{done.near:,} new resemblances to what waits to be read")
    console.put(told, text, as_json=as_json)
    console.failed_if(done.bad)
