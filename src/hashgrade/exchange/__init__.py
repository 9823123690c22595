"""What goes in and out: records as JSON lines, lists as signed editions, codecs of other people's formats."""
