"""Reports at the workbench: read them, save their files, verify them, and say that one is published.

A report is a document of its own, with its own styles and no script. It is served as what it is, in a sandbox: the
browser runs nothing in it, fetches nothing for it and sends no form from it, and takes those styles alone that stand
in the file, which is what its manifest says it is.
"""

import re
from base64 import b64encode
from hashlib import sha256
from html import unescape
from secrets import token_hex
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from hashgrade.access import Action, could
from hashgrade.serve.cells import csv_file
from hashgrade.serve.records import runs, shelf
from hashgrade.serve.records.around import paged, within
from hashgrade.serve.records.studies import begun, ref_of
from hashgrade.serve.station import Asked

KINDS: Final = {".html": "text/html; charset=utf-8", ".pdf": "application/pdf", ".csv": "text/csv; charset=utf-8",
                ".json": "application/json", ".svg": "image/svg+xml"}
COLUMNS: Final = ("report", "title", "from", "until", "made_at", "made_by", "inside_only", "published", "records",
                  "manifest")
STYLE: Final = re.compile(r"<style>(.*?)</style>", re.DOTALL)
UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
STYLED: Final = re.compile(r'\sstyle="([^"]*)"')


def reports(request: Asked) -> HttpResponse:
    """List the reports, the newest first."""
    root = request.station.root
    found, pages = paged(request, shelf.reports(root))
    return within(request, "studies", "records/reports.html",
                  {"reports": [shelf.read(root, one) for one in found], **pages})


def reports_file(request: Asked) -> HttpResponse:
    """Give the list of reports as a file."""
    root = request.station.root
    return csv_file("reports", COLUMNS, (_row(shelf.read(root, one)) for one in shelf.reports(root)))


def report(request: Asked, name: str) -> HttpResponse:
    """Show what a report was made from, what it was guarded against, and its files."""
    root = request.station.root
    one = shelf.report(root, name)
    here = {other.digest: other.name for other in shelf.published(root)}
    files = shelf.files(one)
    return within(request, "studies", "records/report.html", {
        "report": one, "page": "index.html" in files, "pdf": "report.pdf" in files,
        "groups": _grouped(list(files)), "missing": sorted(one.said["files"].keys() - files.keys()),
        "against": [(each["release"], here.get(each["sha256"], "")) for each in one.said.get("against", ())],
        "unguarded": [] if one.internal or one.published else shelf.unguarded(root, one),
        "kept": bool(shelf.kept(root, name)), "verified": one.about.get("verified"), "ref": token_hex(8),
        "may_verify": could(request.actor, Action.RUN_STUDY),
        "may_publish": could(request.actor, Action.RELEASE_REPORT)})


def report_file(request: Asked, name: str, file: str) -> HttpResponse:
    """Give a file of a report, which must be what was written: its page to be read, the rest to be saved."""
    return document(file, shelf.content(shelf.report(request.station.root, name), file), name)


def verify(request: Asked, name: str) -> HttpResponse:
    """Begin to make a report again."""
    one = shelf.report(request.station.root, name)
    return begun(request, runs.STUDIES, "verify", ref_of(request), {"report": one.name, "title": one.title})


def publish(request: Asked, name: str) -> HttpResponse:
    """Say that a report is published; saying so twice says it once."""
    def record(one: shelf.Report) -> None:
        with request.station.store.work(request.actor.name, request.POST["why"]) as work:
            work.act(shelf.ACT, report=name, manifest_sha256=one.digest)

    if shelf.publish(request.station.root, name, record):
        messages.success(request, "It is on record as published. Every report from now on is guarded against it.")
    return redirect("report", name=name)


def document(file: str, data: bytes, saved_as: str = "") -> HttpResponse:
    """Answer with a file of ours: a page in a sandbox, or something to be saved."""
    ending = file[file.rfind("."):]
    answer = HttpResponse(data, content_type=KINDS.get(ending, "application/octet-stream"))
    answer.policy = policy(data.decode()) if ending == ".html" else SAVED  # type: ignore[attr-defined]
    if ending != ".html":
        called = UNSAFE.sub("_", f"{saved_as}-{file.rpartition('/')[2]}")
        answer["Content-Disposition"] = f'attachment; filename="{called}"'
    return answer


SAVED: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"


def policy(page: str) -> str:
    """The content policy of one document: a sandbox without scripts, and no style but those that stand in it."""
    sheets = sorted({_hash(one) for one in STYLE.findall(page)})
    inline = sorted({_hash(unescape(one)) for one in STYLED.findall(page)})
    styles = " ".join([*sheets, *(["'unsafe-hashes'", *inline] if inline else [])]) or "'none'"
    return "; ".join(["default-src 'none'", f"style-src {styles}", "form-action 'none'", "base-uri 'none'",
                      "frame-ancestors 'none'", "sandbox allow-same-origin allow-downloads", "report-uri /violations"])


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _grouped(names: list[str]) -> list[tuple[str, list[str]]]:
    """Files by the folder they are in, as a page lists them; the page itself is read and not saved."""
    first = [name for name in names if "/" not in name and name != "index.html"]
    groups = [("The whole report", first), ("Tables", [name for name in names if name.startswith("tables/")]),
              ("Charts", [name for name in names if name.startswith("charts/")])]
    return [(title, found) for title, found in groups if found]


def _row(one: shelf.Report) -> tuple[Any, ...]:
    first, last = one.period
    return (one.name, one.title, first.isoformat(), last.isoformat(), one.made_at.isoformat(timespec="seconds"),
            one.about.get("by", ""), "yes" if one.internal else "no", "yes" if one.published else "no",
            one.said["snapshot"]["sha256"], one.digest)
