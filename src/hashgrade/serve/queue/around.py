"""What the pages of the queue and of pace have around them: links to each other, for whom they are open to."""

from collections.abc import Mapping
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from hashgrade.access import Action, could
from hashgrade.serve.layout import Entry
from hashgrade.serve.station import Asked

ROOMS: Final = (
    (Entry("Cards", "queue", Action.SEE_QUEUE), Entry("Rules", "queue_rules", Action.SEE_QUEUE),
     Entry("Laid aside", "aside", Action.DEAL_AGAIN)),
    (Entry("Yours", "pace", Action.SEE_OWN_PACE), Entry("Whom it stops", "stopped", Action.SEE_STOPPED)),
)


def within(request: Asked, template: str, words: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """Answer with a page among those that belong together, where there is more than one for the actor."""
    for group in ROOMS:
        urls = {reverse(entry.name): entry for entry in group if could(request.actor, entry.action)}
        if request.path in map(reverse, (entry.name for entry in group)) and len(urls) > 1:
            links = [(entry.title, url, url == request.path) for url, entry in urls.items()]
            return render(request, template, {**words, "rooms": links}, status=status)
    return render(request, template, {**words}, status=status)
