"""The watch from records to page: the case that must be caught, what the page must say, and refusals."""

import csv
import json
import re
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from hashgrade.errors import InputError, Refused
from hashgrade.nouns import Grade, Item, Kind, Sighting, Verdict
from hashgrade.studies import watchpage
from hashgrade.studies.alerts import Watched, sentence, watched
from hashgrade.studies.pages import TEMPLATES
from hashgrade.studies.series import BY, Panel, series_from
from hashgrade.studies.snapshot import PackUsed, Records, Snapshot, snapshot
from tests.contrast import contrast

if TYPE_CHECKING:
    from playwright.sync_api import Browser

START, WEEKS, RISES = datetime(2022, 1, 3, tzinfo=UTC), 110, 84
PACKS = (PackUsed("uk-ew", "1", True, {"A": "Category A", "C": "Category C", "none": "None"}),)
CASE = "age/origin=self_generated:3-6"
BANDS = ("3-6", "7-10", "11-13", "14-15")


def judge(grade: Grade) -> dict[str, Verdict]:
    """A stand-in for law: one fact decides, and without it nothing is decided."""
    setting = grade.facts.get("setting")
    outcome = {"bedroom": "A", "kitchen": "C"}.get(str(setting))
    return {"uk-ew": Verdict("uk-ew", "1", outcome, outcome or "none", () if outcome else ("A", "C"))}


def records() -> Records:
    """Ninety items a week, two in three 'self-generated'; of those the band 3 to 6 grows from 6% from a week on."""
    chance = Random(7)
    grades, sightings = [], []
    for number in range(WEEKS * 90):
        week, place = divmod(number, 90)
        own = place % 3 < 2
        youngest = 0.06 + 0.005 * max(0, week - RISES) * own
        band = "3-6" if chance.random() < youngest else chance.choice(BANDS[1:])
        digest = sha256(str(number).encode()).hexdigest()
        setting = chance.choice(["bedroom", "kitchen"])
        facts = {"origin": "self_generated" if own else "other_present", "setting": setting}
        row = {"age_band": band, "sex": chance.choice(["girl", "girl", "boy"])}
        seen = START + timedelta(weeks=week, hours=place)
        item = Item(sha256=digest, kind=Kind.IMAGE, first_seen=seen, extra={"synthetic": True})
        grades.append((item, Grade(facts, (row,)) if place else None))
        host = f"https://unmistakable-host.example/{number}"
        sightings.append(Sighting(sha256=digest, url=host, seen_at=seen,
                                  site_type=chance.choice(["image_host", "forum", "unmistakable-host.example"])))
    return Records(grades, sightings)


def shorter(panel: Panel, last: int) -> Panel:
    """The first periods of a panel."""
    return Panel("week", panel.periods[:last], panel.series, panel.counts[:, :last], panel.bases[:, :last],
                 panel.items[:last], panel.graded[:last])


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """A snapshot in which the youngest within 'self-generated' rise slowly."""
    return snapshot(tmp_path_factory.mktemp("snapshot"), records(), PACKS, judge)


@pytest.fixture(scope="module")
def panel(taken: Snapshot) -> Panel:
    """Its weekly series."""
    return series_from(taken, BY, "week")


@pytest.fixture(scope="module")
def done(panel: Panel) -> Watched:
    """What the watch makes of them."""
    return watched(panel)


@pytest.fixture(scope="module")
def page(taken: Snapshot, done: Watched, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that it writes."""
    folder = tmp_path_factory.mktemp("watch") / "out"
    watchpage.write(done, taken, folder)
    return folder


def test_the_case_that_must_be_caught_is_caught(done: Watched) -> None:
    """A slow rise of the youngest within 'self-generated' material stands as an alert that tells when it began."""
    alert = next(alert for alert in done.standing if alert.series.key == CASE)
    assert alert.began[1] <= (START + timedelta(weeks=RISES)).date() <= alert.began[2]
    assert alert.gradual
    assert alert.times[1] > 1.3
    assert alert.first <= (START + timedelta(weeks=RISES + 22)).date()


def test_nothing_is_noticed_before_it_rises(panel: Panel) -> None:
    """Negative control: allowed one false alarm in ten years, the watch says nothing of the weeks before."""
    assert watched(shorter(panel, RISES), 0.1).alerts == ()


def test_counts_are_those_of_a_plain_count(panel: Panel) -> None:
    """Each period of the series counts the graded items of which origin and age are as it says."""
    wanted: dict[tuple[date, bool], int] = {}
    for item, grade in records().grades:
        if grade and grade.facts["origin"] == "self_generated" and grade.children and item.first_seen:
            day = item.first_seen.date()
            monday = day - timedelta(days=day.weekday())
            for key in [False] + [True] * (grade.children[0]["age_band"] == "3-6"):
                wanted[monday, key] = wanted.get((monday, key), 0) + 1
    row = [series.key for series in panel.series].index(CASE)
    assert [*panel.counts[row]] == [wanted.get((period, True), 0) for period in panel.periods]
    assert [*panel.bases[row]] == [wanted[period, False] for period in panel.periods]


def test_bands_put_together_are_their_sum(panel: Panel) -> None:
    """10 years and under is 3 to 6 and 7 to 10 where no younger are."""
    rows = {series.key: panel.counts[n] for n, series in enumerate(panel.series)}
    assert [*rows["age:to_10"]] == [*(rows["age:3-6"] + rows["age:7-10"])]


def test_a_week_that_is_not_over_is_left_out(taken: Snapshot, panel: Panel) -> None:
    """The newest item's week counts only where it is asked for whole, and the last period ends on a Sunday."""
    assert panel.end.weekday() == 6
    assert panel.end < START.date() + timedelta(weeks=WEEKS) - timedelta(days=1)
    whole = series_from(taken, ["age"], "week", START.date() + timedelta(weeks=WEEKS) - timedelta(days=1))
    assert len(whole.periods) == WEEKS


def test_months_are_whole_months(taken: Snapshot) -> None:
    """A month begins on its first day, whatever the year."""
    found = series_from(taken, ["site"], "month")
    assert {day.day for day in found.periods} == {1}
    assert found.periods[11:13] == (date(2022, 12, 1), date(2023, 1, 1))


def test_each_number_of_a_sentence_is_the_alerts(done: Watched) -> None:
    """Share, counts, expectation, ratio and interval in the words are those of the alert."""
    for alert in done.alerts:
        said = sentence(alert, "week")
        middle, low, high = alert.times
        rows = [row for row in alert.rows if alert.measured[0] <= row.period <= alert.measured[1]]
        count, base = sum(row.count for row in rows), sum(row.base for row in rows)
        expected = sum(row.expected for row in rows) / base
        assert f"{100 * count / base:.1f}% ({count:,} of {base:,})" in said
        assert f"where {100 * expected:.1f}% was expected" in said
        assert f"{middle:.1f} times as much (95% interval {low:.1f} to {high:.1f})" in said
        assert abs(middle - count / base / expected) < 1e-9
        assert ("little by little" in said) == alert.gradual


def test_another_run_gives_the_same_bytes(taken: Snapshot, page: Path, tmp_path: Path) -> None:
    """The same snapshot gives the same page, data and series."""
    watchpage.write(watched(series_from(taken, BY, "week")), taken, tmp_path / "again")
    assert all((tmp_path / "again" / path.name).read_bytes() == path.read_bytes() for path in page.iterdir())


def test_the_page_says_what_it_must(page: Path) -> None:
    """It is for inside only, synthetic, made with draft law, and says what 'self-generated' never means."""
    text = (page / "index.html").read_text()
    for said in (watchpage.INTERNAL, "Synthetic records.", "Draft law", "never means that the child instigated it"):
        assert said in text


def test_the_page_asks_nothing_of_any_network(page: Path) -> None:
    """No script, no style, no font and no picture comes from elsewhere."""
    text = (page / "index.html").read_text()
    assert "<script" not in text
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//|url\(|@import""", text)


def test_hosts_never_appear(page: Path) -> None:
    """Neither a URL nor a type of site that looks like a host is in anything that is written."""
    assert not [path.name for path in page.iterdir() if "unmistakable-host" in path.read_text()]


def test_the_series_are_written_whole(page: Path, panel: Panel) -> None:
    """The CSV has every series and period, and says on every line that it is for inside only."""
    with (page / "series.csv").open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == panel.counts.size
    assert sum(int(row["count"]) for row in rows) == panel.counts.sum()
    assert all(row["note"].startswith("For inside only.") for row in rows)


def test_the_data_carry_the_alerts(page: Path, done: Watched) -> None:
    """`watch.json` has each alert with its sentence, and the definition where it is needed."""
    told = json.loads((page / "watch.json").read_text())
    assert [one["sentence"] for one in told["alerts"]] == [sentence(alert, "week") for alert in done.alerts]
    assert all("definition" in one for one in told["alerts"] if "self_generated" in one["series"])


def test_the_data_name_the_snapshot_they_rest_on(page: Path, taken: Snapshot) -> None:
    """Its digest is in the data and on the page, so that anybody can tell which records were watched."""
    assert json.loads((page / "watch.json").read_text())["snapshot"] == taken.digest
    assert taken.digest in (page / "index.html").read_text()


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "under"), [("alarm", "card"), ("alarm", "page"), ("card", "alarm"), ("page", "ink")])
def test_what_the_watch_adds_can_be_read(scheme: int, ink: str, under: str) -> None:
    """Its colours of text have the contrast of 4.5 to 1 that WCAG 2.2 asks for (1.4.3), light and dark."""
    styles = [(TEMPLATES / name).read_text() for name in ("report.css", "watch.css")]
    palettes = [re.findall(r":root \{(.*?)\}", style)[scheme] for style in styles]
    colours = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", " ".join(palettes)))
    assert contrast(colours[ink], colours[under]) >= 4.5


@pytest.mark.parametrize(("code", "asked"), [
    ("STU-26", {"by": ["agee"]}), ("STU-26", {"by": ["age/origin=self-generated"]}),
    ("STU-26", {"by": ["age/age=3-6"]}),
    ("STU-27", {"until": date(2030, 1, 1)}), ("STU-27", {"until": date(2022, 1, 5)}),
])
def test_what_cannot_be_watched_is_told(taken: Snapshot, code: str, asked: dict[str, Any]) -> None:
    """A series that there is not and a day without records are errors with their codes."""
    with pytest.raises(InputError) as found:
        series_from(taken, **{"by": ["age"], "every": "week", "until": None, **asked})
    assert found.value.code == code


def test_a_near_name_is_offered(taken: Snapshot) -> None:
    """A misspelt value is answered with the right one."""
    with pytest.raises(InputError, match="did you mean `age/origin=self_generated`"):
        series_from(taken, ["age/origin=self-generated"], "week")


@pytest.mark.parametrize("items", [0, 20])
def test_a_station_without_anything_to_watch_is_told(tmp_path: Path, items: int) -> None:
    """No items is STU-25, and so are items that nobody graded and of which no site is known."""
    seen = [Item(sha256=f"{n:064}", kind=Kind.IMAGE, first_seen=START + timedelta(days=n)) for n in range(items)]
    with pytest.raises(InputError) as found:
        series_from(snapshot(tmp_path, Records([(item, None) for item in seen]), PACKS, judge), BY, "week")
    assert found.value.code == "STU-25"


@pytest.mark.parametrize(("code", "last", "allowed"), [("STU-28", 34, 1.0), ("STU-29", 60, 0.0), ("STU-29", 60, 53.0)])
def test_too_short_a_history_and_no_budget_are_told(panel: Panel, code: str, last: int, allowed: float) -> None:
    """34 weeks are too few, and a watch that may never be wrong cannot be."""
    with pytest.raises(InputError) as found:
        watched(shorter(panel, last), allowed)
    assert found.value.code == code


def test_another_folder_is_left_alone(taken: Snapshot, done: Watched, tmp_path: Path) -> None:
    """A folder with something else in it is refused, and stays as it is."""
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Refused) as found:
        watchpage.write(done, taken, tmp_path)
    assert found.value.code == "STU-10"
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.chromium
@pytest.mark.parametrize("width_px", [360, 1280])
def test_the_page_fits_the_screen(browser: "Browser", page: Path, width_px: int) -> None:
    """The page never scrolls sideways; wide tables scroll by themselves."""
    opened = browser.new_page(viewport={"width": width_px, "height": 900})
    opened.goto((page / "index.html").as_uri())
    assert opened.evaluate("document.documentElement.scrollWidth") <= width_px
    opened.close()
