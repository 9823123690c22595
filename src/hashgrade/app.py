"""Opens a station: chooses store, vault, packs and clock by the settings, and joins them.

Django is set up here and nowhere else, so the rooms that need it are imported inside
functions, after it. One process works on one station.
"""

import atexit
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from hashgrade import law
from hashgrade.errors import Conflict, InputError, Refused
from hashgrade.nouns import Jail
from hashgrade.settings import FILE, Limits, Settings
from hashgrade.vault import Vault, key_file, write_secret

if TYPE_CHECKING:
    from hashgrade.decode import Decoders
    from hashgrade.store.force import Enacted
    from hashgrade.store.work import Store

FIRST_SETTINGS = """\
# What this station does differently from the defaults; docs/reference/settings.md lists every setting.
# packs = ["uk-ew", "uk-ew-prohibited", "us-industry", "interpol-baseline"]
# readings_wanted = 2
"""

STORE_ALONE = "hashgrade.store.settings"
WEB_KEY = "serve.key"
"""What the workbench signs its cookies with; made when it is first served."""

_opened: list[Path] = []


@dataclass(frozen=True, slots=True)
class Station:
    """One hotline's records, vault and packs, ready for use, and the clock everything is dated by.

    `in_force` tells of each pack that the settings name which text of it is in force: by the records, and not by
    the files, which may say something newer.
    """

    settings: Settings
    root: Path
    store: "Store"
    vault: Vault
    decoders: "Decoders"
    in_force: "tuple[Enacted, ...]"
    now: Callable[[], datetime]

    @property
    def packs(self) -> tuple[law.Pack, ...]:
        """The packs in force, in the order of the settings; read when first asked for.

        Raises:
            Broken: LAW-07, a text on file is not the one that was put in force.
        """
        from hashgrade.store.force import pack_of  # noqa: PLC0415 - needs Django set up

        return tuple(map(pack_of, self.in_force))

    @property
    def digests(self) -> dict[str, str]:
        """The SHA-256 of the text in force of each pack."""
        return {one.pack: one.digest for one in self.in_force}


def now() -> datetime:
    """The time, aware and in UTC: the one place that reads the clock."""
    return datetime.now(UTC)


def exists(settings: Settings) -> bool:
    """Whether there is a station where the settings say."""
    return (settings.station / FILE).exists()


def create(settings: Settings, also: str = "") -> Station:
    """Make a station in an empty or new folder: keys with mode 0600, records, vault; and open it.

    Args:
        settings: The settings, as a door read them.
        also: More lines for its settings file, which hold from the next time it is opened.

    Raises:
        Conflict: STA-03, the folder holds a station already.
        InputError: PACK-01 to PACK-11, a pack that the settings name does not exist, or is at fault.
    """
    from hashgrade.exchange import release  # noqa: PLC0415 - floor 3 waits for Django

    root = settings.station
    if exists(settings) or key_file(root).exists():
        raise Conflict("STA-03", "there is a station here already", where=str(root))
    _set_up_django(root.resolve())  # slow, and may refuse: before there is anything on disk
    from hashgrade.enacting import place  # noqa: PLC0415 - needs Django set up

    for word in settings.packs:
        _ = place(word).text().pack
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    Vault.create(root)
    release.create_key(root)
    station = _joined(settings, new=True)
    (root / FILE).write_text(FIRST_SETTINGS + also)  # last: whoever sees it sees a whole station
    return station


def open(settings: Settings, *, serving: bool = False) -> Station:  # noqa: A001 - `app.open` is the public name
    """Open the station that the settings name.

    Args:
        settings: The settings, as a door read them.
        serving: For the workbench: with accounts and pages, which commands do without.

    Raises:
        InputError: STA-01, the folder is not a station; VLT-02 to VLT-04, its key file is
            missing or wrong; PACK-01 to PACK-11, a pack that the settings name for the first time does not
            exist or is at fault.
        Refused: STA-02, this process works on another station.
        Broken: STO-01, STO-02, the database is not safe to use; STO-16, the records are missing;
            STO-17, their file is no database.
        Conflict: STO-03, another process kept the records to itself for too long.
    """
    if not exists(settings):
        raise InputError("STA-01", "there is no station here", where=str(settings.station))
    return _joined(settings, new=False, serving=serving)


@cache
def _decoders(limits: Limits, jail_at_least: Jail) -> "Decoders":
    from hashgrade.decode import Decoders  # noqa: PLC0415 - arrays, which a command about records does not need

    pool = Decoders(limits, jail_at_least)
    atexit.register(pool.close)
    return pool


def decoders(settings: Settings) -> "Decoders":
    """Give this process's decoders, which start when something is decoded and end with the process."""
    return _decoders(settings.limits, settings.jail_at_least)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Tell trouble with the records as an error with a code, whichever step of a command meets it.

    Raises:
        HashgradeError: As `store.trouble.plain_errors`.
    """
    try:
        yield
    except Exception as error:
        if _opened:  # else no records were met, and Django takes a second to import
            from hashgrade.store.trouble import told  # noqa: PLC0415 - needs Django set up

            if known := told(error):
                raise known from error
        raise


def _joined(settings: Settings, *, new: bool, serving: bool = False) -> Station:
    root = settings.station
    vault = Vault.open(root)
    if serving:
        with suppress(FileExistsError):
            write_secret(root / "keys" / WEB_KEY, token_hex(32).encode())
    store = _store(settings, new=new, serving=serving)
    from hashgrade.enacting import in_use  # noqa: PLC0415 - needs Django set up

    return Station(settings, root, store, vault, decoders(settings), in_use(store, settings.packs), now)


def _store(settings: Settings, *, new: bool, serving: bool) -> "Store":
    _set_up_django(settings.station.resolve(), "hashgrade.serve.settings" if serving else STORE_ALONE)
    from hashgrade.store.due import rules_of  # noqa: PLC0415 - the condition language, for the settings' rules
    from hashgrade.store.work import Store  # noqa: PLC0415 - models need Django set up

    rules = rules_of([one.model_dump() for one in settings.queue_rules], settings.seconds_a_point, settings.skips_max)
    store = Store(now, settings.readings_wanted, settings.lease_s, rules)
    store.prepare(new=new)
    if serving:
        from hashgrade.store.accounts import roll  # noqa: PLC0415 - needs Django set up

        roll.prepare(now())
    return store


def _set_up_django(station: Path, module: str = STORE_ALONE) -> None:
    if _opened and _opened[0] != station:
        raise Refused("STA-02", f"this process works on {_opened[0]}", where=str(station))
    if _opened:
        return
    os.environ["HASHGRADE_STATION"] = str(station)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", module)
    import django  # noqa: PLC0415 - a second to import, needed by commands that open a station only

    django.setup()
    _opened.append(station)
