"""The command line: each command parses, calls the room that knows, and prints."""
