"""`hashgrade law check` and `test`: whether packs can be relied on."""

from typing import Annotated

import typer

from hashgrade.cli import console
from hashgrade.cli.console import AsJson
from hashgrade.law import load
from hashgrade.law.check import cases, failures, problems
from hashgrade.law.load import located
from hashgrade.law.pack import pack_ids

Packs = Annotated[list[str] | None, typer.Argument(
    metavar="[PACK]...", help="Packs by name, or folders that hold a `pack.yaml`; all of the package unless told.")]


def check(chosen: Packs = None, as_json: AsJson = False) -> None:
    """Check packs: form, names, values, dates, sources and cases. The exit code is 1 if anything is wrong."""
    failed = 0
    for name, folder in map(located, chosen or pack_ids()):
        found = list(problems(name, folder))
        failed += len(found)
        if not as_json:
            for error in found:
                console.tell(error)
        if as_json or not found:
            count = 0 if found else len(cases(load(name, None, folder), folder))
            console.put({"pack": name, "ok": not found, "errors": [error.as_json() for error in found]},
                        f"{name}: good, with {count} cases", as_json=as_json)
    console.failed_if(failed)


def run_cases(chosen: Packs = None, as_json: AsJson = False) -> None:
    """Run the cases of packs, each a sentence. The exit code is 1 if one does not come out as it says."""
    failed = 0
    for name, folder in map(located, chosen or pack_ids()):
        pack = load(name, None, folder)
        wrong = list(failures(pack, folder))
        failed += len(wrong)
        for case in cases(pack, folder):
            said = [error for error in wrong if error.what.startswith(f"{case.name}: ")]
            told = {"pack": name, "case": case.name, "ok": not said, "errors": [error.as_json() for error in said]}
            console.put(told, f"{'FAILS' if said else 'ok'}  {name}: {case.name}", as_json=as_json)
        for error in [] if as_json else wrong:
            console.tell(error)
    console.failed_if(failed)
