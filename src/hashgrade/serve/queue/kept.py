"""Filters of the queue that a person keeps under names of their own: one is kept, or no longer."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from hashgrade.serve.queue import cards
from hashgrade.serve.station import Asked
from hashgrade.store.accounts import choices


def keep(request: Asked) -> HttpResponse:
    """Keep the filter that the form names, and go on under it."""
    only, name = cards.only_of(request.POST, request.station.store.rules), request.POST.get("name", "")
    with request.station.store.work(request.actor.name, "keeps a filter of their own") as work:
        choices.keep_filter(work, request.actor.name, name, only)
    messages.success(request, "The filter is kept, for you alone.")
    return redirect(f"{reverse('queue')}?{cards.query_of(only)}")


def drop(request: Asked) -> HttpResponse:
    """Keep a filter no longer."""
    with request.station.store.work(request.actor.name, "keeps a filter of their own no longer") as work:
        choices.drop_filter(work, request.actor.name, request.POST.get("name", ""))
    return redirect("queue")
