"""A small world for the flows: a station in a folder, media to take in, and a partner who can misbehave."""

import io
import json
import struct
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from PIL import Image

from hashgrade import app, law
from hashgrade.decode import Decoders
from hashgrade.exchange import release
from hashgrade.exchange.listed import Listed
from hashgrade.intake import Outcome, run
from hashgrade.settings import Limits, Settings
from hashgrade.store.work import Store
from hashgrade.vault import Vault
from tests.cast import ADA, MORNING
from tests.synth import Recipe, picture

PACKS = ("uk-ew", "us-industry")


@dataclass(frozen=True, slots=True)
class World:
    """A station, shaped as `app.Station`, over the store of the test."""

    root: Path
    store: Store
    vault: Vault
    settings: Settings
    packs: tuple[law.Pack, ...]
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def decoders(self) -> Decoders:
        """The decoders that all tests of this process share."""
        return app.decoders(self.settings)

    @property
    def now(self) -> Callable[[], datetime]:
        """The clock of the store."""
        return self.store.now

    def take_in(self, *sources: Path) -> list[Outcome]:
        """Take media in on one thread."""
        return list(run(self, sources, ADA, map=map))


def world(root: Path, store: Store, **limits: int) -> World:
    """Make a station in a folder; `limits` override those on untrusted files."""
    root.mkdir(exist_ok=True)
    vault = Vault.create(root)
    release.create_key(root)
    settings = Settings(station=root, limits=Limits(**limits))
    return World(root, store, vault, settings, tuple(law.load(name) for name in PACKS))


def still(seed: int, quality: int = 92, **save: object) -> bytes:
    """A neutral JPEG of good PDQ quality; another `quality` gives a near duplicate."""
    out = io.BytesIO()
    Image.fromarray(picture(Recipe("shapes", 240, 320, seed))).save(out, "JPEG", quality=quality, **save)
    return out.getvalue()


def lay(folder: Path, media: dict[str, bytes]) -> Path:
    """Write media into a folder by name."""
    for name, content in media.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


Member = tuple[str | zipfile.ZipInfo, bytes]


def zipped(path: Path, members: Iterable[Member], method: int = zipfile.ZIP_STORED) -> Path:
    """Write a ZIP of these members."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def patched(content: bytes, signature: bytes, offset: int, form: str, value: int) -> bytes:
    """Change one field of every record of a ZIP that begins with this signature."""
    changed, at = bytearray(content), content.find(signature)
    while at >= 0:
        struct.pack_into(form, changed, at + offset, value)
        at = content.find(signature, at + 4)
    return bytes(changed)


@dataclass
class Partner:
    """Another hotline, which publishes editions of its own list and misbehaves on request."""

    root: Path
    name: str = "partner"
    lines: list[Listed] = field(default_factory=list)
    edition: int = 0

    def __post_init__(self) -> None:
        release.create_key(self.root)

    @property
    def key(self) -> Path:
        """The public key it gives to others."""
        return release.public_key_file(self.root)

    def publish(self) -> Path:
        """Publish what its lines are now."""
        self.edition += 1
        draft = release.Draft(
            name=self.name, edition=self.edition, issued_at=MORNING, policy="kind", packs=(), vocabulary="1")
        lists = self.root / "lists"
        return release.stand(lists, draft, release.write(lists, draft, self.lines, release.signing_key(self.root)))

    def resign(self, folder: Path, **changed: object) -> None:
        """Change the manifest and sign it again, as a publisher who lies would."""
        told = json.loads((folder / release.MANIFEST).read_bytes()) | changed
        manifest = json.dumps(told).encode()
        (folder / release.MANIFEST).write_bytes(manifest)
        (folder / release.SIGNATURE).write_text(release.signing_key(self.root).sign(manifest).hex())
