"""Bytes from the vault to a screen: the only way there is.

The vault's bytes go into the jail, and a picture of the size that was asked for comes out; this process encodes it. So
no browser gets a byte of the original, and what is blurred or without colour is so before it leaves. Nothing is given
that the ledger does not hold as seen: the view begins in the same request, or has begun, and may go on.
"""

import json
from dataclasses import dataclass, replace
from typing import Final

from django.http import HttpResponse, JsonResponse

from hashgrade.access import Thing
from hashgrade.decode.seen import Wanted
from hashgrade.errors import HashgradeError, InputError, Refused
from hashgrade.grading import seeing
from hashgrade.grading.policies import pace_of
from hashgrade.grading.seeing import Look
from hashgrade.grading.severe import of_view
from hashgrade.nouns import How, Item, Kind
from hashgrade.serve.errors import status_of
from hashgrade.serve.numbers import whole
from hashgrade.serve.station import Asked
from hashgrade.store import force, ledger, queries

SIZES: Final = {"cell": 240, "normal": 960, "larger": 1920}
"""The longer side of a picture, in pixels."""
BLURS: Final = {"none": 0, "some": 48, "much": 16}
"""The longer side of a picture that is not sharp: so few pixels are asked for, and the page draws them large."""
FRAMES: Final = 12
"""Of a clip, on a contact sheet."""
EVERY_MS: Final = 250
TIME_DIGITS: Final = 12
"""Fewer are in any time that is asked for or told, in milliseconds."""
PICTURE_MS: Final = 1000
"""How long all pictures of what is in view together count at the least, whatever a page tells."""
NOT_THEIRS: Final = "somebody else"
"""The owner of what is not the actor's; no account has a space in its name."""
OPEN: Final = (How.ITEM, How.SHEET, How.FRAME, How.SETTLEMENT)
"""As what something is shown to whoever grades or settles it."""


@dataclass(frozen=True, slots=True)
class Sight:
    """How a picture is asked for: its longer side in pixels, whether in grey, and of a clip which frame.

    Args:
        side: At most so many pixels.
        grey: Without colour.
        at_ms: The frame at or after this time; below 0 the contact sheet.
        before: The frame before that time instead.
    """

    side: int
    grey: bool = True
    at_ms: int = -1
    before: bool = False


def thing(request: Asked) -> Thing:
    """Whose the item is that a form names: the actor's where it is theirs to look at; whose else is not told."""
    name = request.actor.name
    mine = seeing.theirs(request.station.store, name, [request.POST.get("sha256", "")])
    return Thing(owner=name if mine else NOT_THEIRS)


def view(request: Asked) -> Thing:
    """A view that a form names, as a thing: its reader's."""
    found = ledger.view(request.POST.get("ref", ""))
    return Thing(owner=found.reader if found else NOT_THEIRS)


def show(request: Asked) -> HttpResponse:
    """Give one picture of an item that is the actor's, and let the ledger know that it is in view."""
    return _answered(request, *OPEN)


def show_decided(request: Asked) -> HttpResponse:
    """Give one picture of an item that is decided; the gate has asked for a reason, and the ledger keeps it."""
    return _answered(request, How.DECIDED)


def _answered(request: Asked, *hows: How) -> HttpResponse:
    try:
        return _shown(request, look(request, *hows))
    except HashgradeError as error:
        told = {"code": error.code, "what": error.what, "to_do": error.to_do}
        return JsonResponse(told, status=status_of(error))


def told(request: Asked) -> JsonResponse:
    """Let the ledger know that a view goes on, or has ended; say what may be seen from now on.

    What is in it, and as what, the ledger knows by what was given: of the form only how long is taken.
    """
    store, pace = request.station.store, pace_of(request.station.settings.pace)
    found = seeing.go_on(store, request.POST.get("ref", ""), request.actor.name, _ms(request), pace)
    return JsonResponse({"may": found.may, "shows": found.shows, "why": [one.why for one in found.told]})


def look(request: Asked, *hows: How) -> Look:
    """Read from a form what is in view, as one of the kinds that its route is for; the first unless it says which.

    Raises:
        InputError: SRV-13, it cannot be.
    """
    given = request.POST
    try:
        how = How(given.get("how", hows[0]))
    except ValueError:
        raise InputError("SRV-13", "a view is of a kind") from None
    if how not in hows:
        raise InputError("SRV-13", f"this is not for a view as {how}")
    beside = given.getlist("beside") if how is How.SHEET else []
    why = given.get("why", "") if how is How.DECIDED else ""
    return Look(ref=given.get("ref", ""), reader=request.actor.name, how=how, ms=_ms(request), why=why,
                items=tuple(dict.fromkeys((given.get("sha256", ""), *beside))))


def _ms(request: Asked) -> int:
    given = whole(request.POST.get("ms", "0"), TIME_DIGITS - 1)
    if given is None:
        raise InputError("SRV-13", "a view has a length in milliseconds")
    return given


def _shown(request: Asked, asked: Look) -> HttpResponse:
    store, pace = request.station.store, pace_of(request.station.settings.pace)
    one = queries.item(request.POST.get("picture") or request.POST.get("sha256", ""))
    if one is None or one.sha256 not in asked.items:
        raise InputError("SRV-13", "the picture is not one of those in view")
    if asked.how is not How.DECIDED and set(asked.items) - seeing.theirs(store, asked.reader, asked.items):
        raise Refused("GRD-03", "the reader has not taken the item, or held it for too long")
    if ledger.view(asked.ref) is None:
        packs = force.packs_of(one.pack for one in request.station.in_force)
        asked = replace(asked, severity=of_view(asked, packs, pace.severe_s))
    allowance = seeing.see(store, replace(asked, more_ms=-(-PICTURE_MS // len(asked.items))), pace)
    pixels, times = picture(request, one, _sight(request))
    answer = HttpResponse(pixels, content_type="image/jpeg")
    answer["X-At-Ms"], answer["X-May"] = json.dumps(times), allowance.may
    return answer


def _sight(request: Asked) -> Sight:
    given = request.POST
    try:
        side = SIZES[given.get("size", "normal")]
        side = min(side, BLURS[given.get("blur", "much")] or side)
        at_ms = int(given.get("at_ms", "-1")[:TIME_DIGITS])
        return Sight(side, given.get("grey", "yes") != "no", at_ms, given.get("before") == "yes")
    except (KeyError, ValueError):
        raise InputError("SRV-13", "a picture has a size, a blur and a time") from None


def picture(request: Asked, one: Item, sight: Sight) -> tuple[bytes, tuple[int, ...]]:
    """Decode an item in the jail and encode what is shown of it as JPEG, frames one below another, with their times.

    Raises:
        InputError: SRV-12, its bytes are not in the vault; SRV-13, there is no such frame; DEC-01 to DEC-11, it
            does not decode.
    """
    import numpy as np  # noqa: PLC0415 - likewise

    from hashgrade.decode.encoding import jpeg  # noqa: PLC0415 - arrays, which no other page needs

    if not request.station.vault.has(one.sha256):
        raise InputError("SRV-12", "the bytes of the item are not in the vault")
    with request.station.vault.get(one.sha256) as kept:
        (seen,) = request.station.decoders.examine([kept.read()], _wanted(one, sight))
    if not seen.sheet:
        raise seen.error or InputError("SRV-13", "there is no frame there")
    whole = np.concatenate(seen.sheet) if sight.at_ms < 0 else seen.sheet[0]
    return jpeg(whole, seen.orientation, grey=sight.grey), seen.sheet_ms


def _wanted(one: Item, sight: Sight) -> Wanted:
    """What a child is asked for, so that the longer side is as asked and nothing is larger than it is."""
    width, height = one.width or sight.side, one.height or sight.side
    across = max(1, min(width, sight.side, sight.side * width // height))
    frames = FRAMES if one.kind is Kind.VIDEO and sight.at_ms < 0 else 1
    if frames > 1:
        across = min(across, SIZES["cell"])
    return Wanted(every_ms=EVERY_MS, sheet_frames=frames, sheet_width=across, show=True, at_ms=sight.at_ms,
                  before=sight.before)
