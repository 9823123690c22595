"""One pack as words: everything its page says, for HTML and PDF alike, which decide nothing."""

from collections.abc import Iterator
from datetime import date
from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

from hashgrade.law.check import results, sources_text
from hashgrade.law.explain import explain
from hashgrade.law.judge import judge
from hashgrade.law.pack import NONE, Pack, Rule, all_versions, load
from hashgrade.law.vocabulary import vocabulary
from hashgrade.law.wording import INDICATIVE, brief, day, in_force, listed, review
from hashgrade.lawbook.amendments import amended, moved
from hashgrade.lawbook.notes import Note, notes, spans
from hashgrade.lawbook.outline import Outline, in_words, sentence
from hashgrade.lawbook.places import place
from hashgrade.lawbook.ways import Row, TooManyError, cell, ways
from hashgrade.nouns import Verdict

DRAFT = "Draft: no counsel has reviewed this pack."

SHORT_CHARS = 1_200
"""A source's text up to this length stays in view beside its rules."""

Model = dict[str, Any]


def chapter(pack_id: str, folder: Path | None = None) -> Model:
    """Everything that the page of one pack says.

    Args:
        pack_id: The pack's name.
        folder: The folder of packs in which it lies; the package's unless told.

    Raises:
        InputError: PACK-01 to PACK-08, PACK-11, the pack does not load; GRA-01 to GRA-04, a case is no grade.
    """
    versions = all_versions(pack_id, folder)
    return _Chapter(versions[0], versions, folder, notes(sources_text(pack_id, folder))).model()


class _Chapter:
    """One pack while it is put in words."""

    def __init__(self, pack: Pack, versions: tuple[Pack, ...], folder: Path | None, said: dict[str, Note]) -> None:
        self.pack, self.versions, self.folder, self.notes = pack, versions, folder, said
        self.others = {name: self.other(name) for each in versions for name in each.uses}
        self.outline = self.spoken(pack)

    def other(self, name: str) -> Pack:
        """A pack whose verdict this one asks for: of the same folder if it is there, else of the package."""
        at_hand = self.folder and (self.folder / name / "pack.yaml").is_file()
        return load(name, None, self.folder if at_hand else None)

    def model(self) -> Model:
        pack = self.pack
        return {
            "id": pack.id, "title": pack.title, "place": place(pack.jurisdiction), "code": pack.jurisdiction,
            "version": pack.version, "force": sentence(in_force(pack.since, pack.until)), "note": pack.note,
            "draft": DRAFT if pack.review.state == "draft" else "", "indicative": INDICATIVE,
            "review": review(pack.review.state, pack.review.by, pack.review.on), "vocabulary": pack.vocabulary,
            "outcomes": [{"id": outcome, "label": label, "none": outcome == NONE,
                          "unmodelled": outcome in pack.unmodelled} for outcome, label in pack.labels.items()],
            "uses": [{"id": name, "title": self.others[name].title} for name in pack.uses],
            "scope": self.outline.of(pack.scope).as_model(), "groups": list(self.groups()),
            "readings": list(self.readings()), "table": self.table(),
            "not_modelled": list(map(spans, pack.not_modelled)),
            "cases": list(self.cases()), "versions": list(self.history()), "sources": list(self.sources())}

    def groups(self) -> Iterator[Model]:
        """Rules in their order, those that follow each other and rest on the same source beside its text."""
        told: set[str] = set()
        for key, rules in groupby(self.pack.rules, key=lambda rule: rule.source):
            source = self.source(key)
            yield {**source, "rules": [self.rule(rule) for rule in rules], "again": key in told,
                   "short": key in told or len(str(source["blocks"])) < SHORT_CHARS}
            told.add(key)

    def rule(self, rule: Rule) -> Model:
        return {"id": rule.id, "name": sentence(in_words(rule.id)), "label": self.pack.labels[rule.outcome],
                "article": rule.article, "asks": self.outline.of(rule.written).as_model()}

    def readings(self) -> Iterator[Model]:
        for name in self.pack.parameters:
            meaning = self.outline.meaning(name)
            yield {"id": name, "name": sentence(in_words(name)), "means": meaning and meaning.as_model()}

    # -- the decision table

    def table(self) -> Model:
        """Rows that all rules have, the columns that tell them apart, and the answers all rows share."""
        rows: list[tuple[Rule, Row]] = []
        left_out = []
        for rule in self.pack.rules:
            try:
                rows += [(rule, row) for row in ways(rule.when).rows]
            except TooManyError:
                left_out.append(rule.article)
        names = [name for name in vocabulary().names if any(name in row for _, row in rows)]
        shared = [name for name in names if len(rows) > 1 and len({row.get(name) for _, row in rows}) == 1]
        columns = [name for name in names if name not in shared]
        return {"columns": [_heading(name) for name in columns], "left_out": left_out,
                "shared": [{"name": _heading(name), "lines": cell(name, rows[0][1][name])} for name in shared],
                "rows": [{"label": self.pack.labels[rule.outcome], "article": rule.article, "rule": rule.id,
                          "cells": [cell(name, row.get(name)) for name in columns]} for rule, row in rows]}

    # -- cases, versions, sources

    def cases(self) -> Iterator[Model]:
        for result in results(self.pack, self.folder):
            grade, pack = result.case.grade, result.case.pack
            verdict = judge(grade, pack)
            older = f"; judged by version {pack.version}" if pack.version != self.pack.version else ""
            yield {"sentence": result.case.name, "facts": brief(grade) + older, "outcome": self.came_out(verdict),
                   "decided": verdict.outcome is not None, "asked": [_heading(name) for name in verdict.missing],
                   "wrong": not result.ok, "why": explain(verdict, grade, pack)}

    def came_out(self, verdict: Verdict) -> str:
        labels = self.pack.labels
        if verdict.outcome:
            return labels[verdict.outcome]
        above = listed([labels[outcome] for outcome in verdict.could_be], "or")
        return f"Undecided: {above}, or else {labels[verdict.at_least]}"

    def history(self) -> Iterator[Model]:
        """The versions, the newest first, each with what it changed of the one before."""
        for newer, older in pairwise((*self.versions, None)):
            if newer is None:
                return
            yield {"version": newer.version, "force": sentence(in_force(newer.since, newer.until)),
                   "note": newer.note, "review": review(newer.review.state, newer.review.by, newer.review.on),
                   "changes": list(amended(self.spoken(older), self.spoken(newer))) if older else [],
                   "moved": list(moved(older, newer)) if older else [], "first": older is None}

    def spoken(self, pack: Pack) -> Outline:
        return Outline(pack, self.others)

    def sources(self) -> Iterator[Model]:
        beside = {rule.source for rule in self.pack.rules}
        yield from ({**self.source(key), "beside": key in beside} for key in self.pack.sources)

    def source(self, key: str) -> Model:
        note, citation = self.notes.get(key, Note()), self.pack.sources[key]
        return {"key": key, "citation": citation, "link": note.link, "read": _read(note.read),
                "in_full": spans(note.citation) if note.citation != citation else [], "blocks": list(note.blocks)}


def _heading(name: str) -> str:
    return vocabulary().names[name].name


def _read(said: str) -> str:
    """When a source was read, as a sentence."""
    try:
        return f"Read on {day(date.fromisoformat(said))}."
    except ValueError:
        return f"Read: {said or 'not stated'}."
