"""The child that opens one clip: bytes on stdin, one small JSON record on stdout.

Run as `python -m hashgrade.decode DEMUXER PIXELS_MAX SECONDS_MAX`. It gives its size
before it decodes, so that the parent can refuse one that is too large.
"""

import io
import json
import resource
import sys
from collections.abc import Mapping
from typing import BinaryIO, Final

import av

from hashgrade.decode import zygote

MEMORY_BYTES_MAX: Final = 3 * 2**30
FILES_MAX: Final = 16


def limit(seconds: int) -> None:
    """Bound what this process may use; the imports are done, so it needs little more."""
    for which, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES_MAX), (resource.RLIMIT_CPU, seconds + 1), (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, FILES_MAX)):
        resource.setrlimit(which, (most, most))


def look(file: BinaryIO, demuxer: str, pixels_max: int) -> Mapping[str, object]:
    """Give the size of a clip's first picture, once it is decoded or found too large to be."""
    # Reading through a file object, FFmpeg has no protocol by which to open another file.
    with av.open(file, "r", format=demuxer) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        size = {"width": stream.codec_context.width, "height": stream.codec_context.height}
        if size["width"] * size["height"] > pixels_max:
            return size
        frame = next(container.decode(stream))
        return {"width": frame.width, "height": frame.height}


def main() -> None:
    """Look at the clip on stdin; whatever is wrong with it becomes a record too."""
    demuxer, pixels_max, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    limit(seconds)
    stdin = sys.stdin.buffer
    record: Mapping[str, object]
    try:
        record = look(stdin if stdin.seekable() else io.BytesIO(stdin.read()), demuxer, pixels_max)
    except Exception as error:  # noqa: BLE001 - decoders of damaged bytes raise anything
        record = {"error": type(error).__name__[:40]}
    sys.stdout.write(json.dumps(record))


if __name__ == "__main__":
    if len(sys.argv) == 1:
        zygote.main()
    else:
        main()
