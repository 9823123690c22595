"""Backups: a station copied into a folder while people work on it, and held to what was copied.

    TO/backup.json      what it is: of which station, of when, its digests; written last, so without it nothing is whole
    TO/files.jsonl      every file: path, SHA-256, bytes, and when it was changed; rising
    TO/station/         the station, as it is put back; without its keys unless they were asked for
    TO/unfinished/      what a backup that was interrupted has so far
    TO/backup.lock      held while one is made; names the station, too

The records come first and the vault after them: a medium is in the vault before a record names it, so what the
records say is there is in the copy too, unless it was shredded meanwhile. Media that an earlier backup has are not
copied again. Everything else waits in `unfinished` until all is there and on the disk, so that a backup that is cut
off leaves the one before it as it was.
"""
