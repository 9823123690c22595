"""What the pages of lists, studies and the watch have around them: links to each other, and pages of long lists."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hashgrade.access import Action, could
from hashgrade.serve.layout import Entry
from hashgrade.serve.numbers import whole
from hashgrade.serve.station import Asked

T = TypeVar("T")
SIZE: Final = 25
ROOMS: Final = {
    "studies": (Entry("Studies", "studies", Action.SEE_STUDIES), Entry("Reports", "reports", Action.SEE_STUDIES),
                Entry("Watch", "watch", Action.SEE_WATCH)),
    "lists": (Entry("Lists", "lists", Action.SEE_LISTS), Entry("Publish", "list_publish", Action.PUBLISH_LIST),
              Entry("Import", "list_import", Action.IMPORT_LIST)),
}
"""Pages that belong together."""


def within(request: Asked, room: str, template: str, words: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Answer with a page among those that belong together, where there is more than one for the actor."""
    urls = {reverse(entry.name): entry.title for entry in ROOMS[room] if could(request.actor, entry.action)}
    links = [(title, url, url == request.path) for url, title in urls.items()] if len(urls) > 1 else []
    return render(request, template, {**words, "rooms": links}, status=status)


def paged(request: Asked, things: Sequence[T]) -> tuple[list[T], dict[str, int]]:
    """The things of the page that the address asks for, and the numbers of the pages around it, 0 where there is none.

    A page that there is not is an empty one.
    """
    number = whole(request.GET.get("page", "1"), 6) or 1
    following = number + 1 if len(things) > number * SIZE else 0
    return list(things[(number - 1) * SIZE:number * SIZE]), {
        "page": number, "before": number - 1, "after": following, "total": len(things)}
