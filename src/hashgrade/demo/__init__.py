"""A whole synthetic hotline, drawn from seeds: pictures to take in, records to count, one story through every room.

Nothing here depicts anybody: pictures are textures, and records are invented numbers
that were solved so that they add up to figures somebody published.
"""
