"""`hashgrade study watch`: which shares have risen, since when and by how much."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hashgrade.cli import console
from hashgrade.cli.console import AsJson


class Every(StrEnum):
    """How long a period is."""

    WEEK = "week"
    MONTH = "month"


def watch(
    context: typer.Context,
    *,
    every: Annotated[Every, typer.Option(help="How long a period is.")] = Every.WEEK,
    until: Annotated[datetime | None, typer.Option(
        formats=["%Y-%m-%d"], metavar="DAY", help="The last day to look at; the newest item's unless given.")] = None,
    by: Annotated[list[str] | None, typer.Option(
        help="Watch this alone, as often as given: age, sex, origin, severity, site, or `age/origin=self_generated`.",
    )] = None,
    false_alarms: Annotated[float, typer.Option(help="False alarms a year to allow over all series.")] = 1.0,
    out: Annotated[Path | None, typer.Option(help="A folder for the page, its data and the series.")] = None,
    as_json: AsJson = False,
) -> None:
    """Watch shares by age, sex, origin, severity and site for a rise, sudden or slow; for inside only.

    Alerts are printed and do not fail the command. Nothing here may be published: small counts are shown.
    """
    station = console.opened(context)
    from hashgrade.studies import watchpage  # noqa: PLC0415 - needs the station open
    from hashgrade.studies.alerts import watched  # noqa: PLC0415
    from hashgrade.studies.series import BY, series_from  # noqa: PLC0415
    from hashgrade.studies.snapshot import taken  # noqa: PLC0415

    with TemporaryDirectory(prefix="hashgrade-") as folder:
        snapshot = taken(Path(folder), station.packs, station.digests)
        asked = by or [one for one in BY if station.packs or "severity" not in one]
        done = watched(series_from(snapshot, asked, every.value, until.date() if until else None), false_alarms)
    told = watchpage.write(done, snapshot, out) if out else watchpage.as_json(done, snapshot)
    if as_json:
        console.put(told, "", as_json=True)
    else:
        _print(told, out)


def _print(told: Mapping[str, Any], out: Path | None) -> None:
    screen = Console(highlight=False)
    if told["alerts"]:
        screen.print(_table(told["alerts"]))
    for alert in told["alerts"]:
        screen.print(Text(f"\n{alert['title']}", "bold"))
        screen.print(Text(alert["sentence"]))
    short = sum(not series["enough_history"] for series in told["series"])
    standing = sum(alert["standing"] for alert in told["alerts"])
    said = [f"\n{len(told['series'])} series by {told['every']} until {told['until']}; alerts that stand: {standing}, "
            f"that are over: {len(told['alerts']) - standing}; series without enough history: {short}",
            told["definition"], told["internal"]]
    screen.print(Text("\n".join([*said, f"read {out / 'index.html'}"] if out else said)))


def _table(alerts: list[Mapping[str, Any]]) -> Table:
    laid = Table(box=None, pad_edge=False)
    for name in ("alert", "times", "95% interval", "share", "expected", "began", "noticed", "stands"):
        laid.add_column(name, overflow="fold")
    for alert in alerts:
        middle, low, high = alert["times"]
        share = f"{100 * alert['count'] / max(alert['base'], 1):.1f}%"
        laid.add_row(*(Text(cell) for cell in (
            alert["title"], f"{middle:.1f}", f"{low:.1f} to {high:.1f}", share, f"{100 * alert['expected_share']:.1f}%",
            alert["began"], alert["first_noticed"], "yes" if alert["standing"] else "no")))
    return laid
