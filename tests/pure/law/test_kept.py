"""Two kept texts beside each other, line by line."""

from hashgrade.lawbook.kept import _lines


def test_only_lines_of_the_texts_are_lines_of_a_comparison() -> None:
    """Of each text that differs its place and its lines, and no header; a line that looks like one is shown."""
    old = {"aa": "one\n-- was\n", "ab": "same\n", "zz": "two\n"}
    new = {"aa": "one\n++ is\n", "ab": "same\n", "zz": "three\n"}
    assert [(line["kind"], line["text"]) for line in _lines(old, new)] == [
        ("place", "aa, -1,2 +1,2"), ("same", "one"), ("gone", "-- was"), ("new", "++ is"),
        ("place", "zz, -1 +1"), ("gone", "two"), ("new", "three")]
