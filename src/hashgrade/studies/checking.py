"""What a study file would count, told from the file and the package alone; and what is wrong in it, all of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hashgrade.errors import InputError
from hashgrade.law.condition import Condition
from hashgrade.law.load import Place, did_you_mean
from hashgrade.law.pack import load as pack_of
from hashgrade.law.pack import pack_ids
from hashgrade.law.vocabulary import vocabulary
from hashgrade.studies.node import short, spot
from hashgrade.studies.schema import examined
from hashgrade.studies.snapshot import PackUsed
from hashgrade.studies.study import TIMES, VERDICT, Study, Table
from hashgrade.studies.table import OTHER, Layout, Scope, lay_out, names, spread

ANY_YEAR = (date(2001, 1, 1), date(2001, 12, 31))


@dataclass(frozen=True, slots=True)
class Checked:
    """A study as far as its file can be read, what is wrong in it, and the packs that it asks.

    `packs` has each by name with its version, None of one that does not come with the package.
    """

    study: Study
    wrong: tuple[InputError, ...]
    packs: Mapping[str, str | None]

    @property
    def hints(self) -> Iterator[str]:
        """What may be meant otherwise: a note that ends in mid-sentence, as it does at a comma in brackets."""
        study = self.study
        asked = [(study.notes, study.place), *((table.notes, table.place) for table in study.tables)]
        asked += [(study.sample.notes, study.place.at("sample"))] if study.sample else []
        for notes, place in asked:
            yield from (f"{place.at('notes', n)}: `{short(note)}` does not end as a sentence; within [...] a comma "
                        "ends a note, unless the note is in quotes"
                        for n, note in enumerate(notes) if not note.rstrip("\"')").endswith((".", "!", "?")))

    def as_json(self) -> dict[str, object]:
        """What it would count, and what is wrong."""
        study = self.study
        sample = study.sample
        return {
            "study": study.name, "ok": not self.wrong, "errors": [
                {"code": error.code, "message": error.what, "where": error.where} for error in self.wrong],
            "hints": list(self.hints),
            "title": study.title, "question": study.question,
            "period": [day.isoformat() for day in study.period] if study.period else "year", "packs": dict(self.packs),
            "tables": [described(table) for table in study.tables],
            "sample": {"at_most": sample.size, "strata": [one.key for one in sample.strata],
                       "protocol": [*sample.protocol]} if sample else None,
            "kept_back": {"under": study.disclosure.under, "round_to": study.disclosure.round_to,
                          "reason": study.disclosure.reason,
                          "internal": [table.name for table in study.tables if table.internal]}}


def described(table: Table) -> dict[str, object]:
    """What a table would count, or measure."""
    told = {"name": table.name, "title": table.title, "unit": table.unit, "of": table.of, "by": table.by,
            "rows": [row.key for row in table.rows], "internal": table.internal}
    return told | ({"measure": table.measure, "options": dict(table.options)} if table.measure else {})


def checked(name: str | Path) -> Checked:
    """Read a study file to its end, lay its tables out by the packs of the package, and gather all that is wrong.

    Raises:
        InputError: STU-01, there is no such study; CON-01, its file is not YAML.
    """
    study, wrong = examined(name)
    asked = sorted({one.removeprefix(VERDICT) for one in _names(study) if one.startswith(VERDICT) and one[-1] != "*"})
    packs = [_used(pack) for pack in asked if pack in pack_ids()]
    if not wrong:
        elsewhere = [PackUsed(pack, "", False, {"none": ""}) for pack in asked if pack not in pack_ids()]
        wrong = sorted([*of_packs(study, packs), *_laid_out(study, [*packs, *elsewhere])], key=spot)
    versions = {pack.id: pack.version for pack in packs}
    return Checked(study, tuple(wrong), {pack: versions.get(pack) for pack in asked})


def _used(pack_id: str) -> PackUsed:
    pack = pack_of(pack_id)
    return PackUsed(pack.id, pack.version, pack.review.state != "reviewed", pack.labels)


def _names(study: Study) -> set[str]:
    """Every name that a study asks, and the packs of its measures."""
    of_packs_ = {VERDICT + table.options["pack"] for table in study.tables if "pack" in table.options}
    of_tables = {name for table in study.tables for name in names(table)}
    return of_packs_ | of_tables | {name for condition, _ in _conditions(study) for name in condition.names}


def _conditions(study: Study) -> Iterator[tuple[Condition, Place]]:
    """Every condition of a study, with its place."""
    if study.cohort:
        yield study.cohort, study.place.at("cohort")
    for stratum in study.sample.strata if study.sample else ():
        yield stratum.of, stratum.place.at("of")
    for table in study.tables:
        yield from ((row.of, table.place.at("rows", row.key)) for row in table.rows if row.of)
        yield from ((condition, table.place.at(key)) for key, condition in
                    (("where", table.where), ("without", table.without)) if condition)


def of_packs(study: Study, packs: Iterable[PackUsed]) -> Iterator[InputError]:
    """What a study asks of these packs that they do not have: an outcome that is none of theirs."""
    outcomes = {VERDICT + pack.id: pack.outcomes for pack in packs}
    for condition, place in _conditions(study):
        for one in condition.comparisons():
            for value in one.values if one.name in outcomes else ():
                if value not in outcomes[one.name]:
                    said = f"`{one.name}` is never `{value}`, but one of {', '.join(outcomes[one.name])}"
                    yield place.error("CON-04", said, did_you_mean(value, outcomes[one.name]))


def _laid_out(study: Study, packs: Sequence[PackUsed]) -> Iterator[InputError]:
    """What shows when the tables are laid out: what cannot be broken down, and figures that no table has."""
    words = ["source", "outcome", *(name for name, fact in vocabulary().fields.items() if fact.kind == "sightings")]
    scope = Scope(study.period or ANY_YEAR, study.sample, {word: [OTHER] for word in words})
    layouts: list[Layout] = []
    for table in (one for one in study.tables if not one.measure):
        try:
            layouts += [lay_out(one, packs, scope) for one in spread(table, packs)]
        except InputError as error:
            yield error
    by_records = {*TIMES, *words}
    known = {one.table.name: _figures(one) for one in layouts if not by_records & {one.table.of, one.table.by}}
    for figure in dict.fromkeys(study.figures):
        name, _, rest = figure.partition(".")
        if rest not in (rows := known.get(name, [rest])):
            said = f"table `{name}` has no figure `{rest}`"
            yield study.place_of(figure).error("STU-02", said, did_you_mean(rest, rows))


def _figures(layout: Layout) -> list[str]:
    """What the headline may name in a table: its rows, and its rows by column where it is crossed."""
    return [".".join(filter(None, (row, column))) for row in layout.rows for column in layout.columns or [""]]
