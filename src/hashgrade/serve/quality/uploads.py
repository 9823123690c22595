"""What is uploaded is held in memory while it is matched, and is nowhere afterwards.

It has no name in any folder and no block on any disk: Linux holds it as a file of memory, which ends with the request.
Nothing is held of what comes to any other page, or from somebody who may not send one.
"""

import os
from pathlib import Path
from typing import Any, BinaryIO, Final

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

from hashgrade.access import NOBODY, Action, may

FIELD: Final = "file"
ROUTES: Final = {"match_file": Action.MATCH_FILE, "list_import": Action.IMPORT_LIST}
"""The forms that take a file, and who may send one."""


class Upload(UploadedFile):  # type: ignore[type-arg]  # it takes none as it runs
    """A file of memory, with the name that a browser gave it."""

    file: BinaryIO

    @property
    def path(self) -> Path:
        """Where the decoders' owner can read it, as long as it is open."""
        return Path(f"/proc/self/fd/{self.file.fileno()}")


class InMemory(FileUploadHandler):
    """Holds one file of a form that takes one, up to the limit, and lets every other byte pass.

    Of a file that is larger nothing is kept, and `request.too_large` says so.
    """

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.request: Any = request
        self._held: Any = None
        self._given = False

    def new_file(self, *args: Any, **words: Any) -> None:
        """Begin a file, or pass over one that is not asked for.

        Raises:
            SkipFile: It is not.
        """
        super().new_file(*args, **words)
        if self.field_name != FIELD or not _asked_for(self.request) or self._given:
            raise SkipFile
        self._held = os.fdopen(os.memfd_create("upload", os.MFD_CLOEXEC), "w+b")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Take the next bytes.

        Raises:
            SkipFile: They are more than the limit.
        """
        if start + len(raw_data) > self.request.station.settings.serve.upload_bytes_max:
            self.request.too_large = True
            self._held.close()
            raise SkipFile
        self._held.write(raw_data)

    def file_complete(self, file_size: int) -> Upload:
        """Give the file, to be read from its start; from now on it is whoever has it that closes it."""
        given, self._held, self._given = self._held, None, True
        given.flush()
        given.seek(0)
        return Upload(given, self.file_name, self.content_type, file_size)

    def upload_interrupted(self) -> None:
        """Forget what came of a file that is not whole."""
        if self._held is not None:
            self._held.close()


def _asked_for(request: Any) -> bool:
    match = getattr(request, "resolver_match", None)
    actor = getattr(request, "actor", NOBODY)
    action = ROUTES.get(match.url_name) if match else None
    return bool(action and may(actor, action, why="to send"))
