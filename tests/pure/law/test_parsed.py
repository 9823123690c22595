"""What is parsed beforehand says what parsing says, and is believed of no other text."""

import json
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest

from hashgrade.errors import InputError
from hashgrade.law import yaml
from hashgrade.law.load import DATA, read, read_file

FILES = sorted([*DATA.glob("vocabulary/*.yaml"), *DATA.glob("packs/*/pack.yaml")])


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_is_parsed_beforehand_is_what_parsing_gives(path: Path) -> None:
    """The same values of the same kinds, in the same order, and each at its line and column."""
    tree, place = read_file(path)
    fresh = yaml.parsed(path.read_text())
    assert repr(tree) == repr(fresh.tree)
    assert {str(place.at(*where)) for where in fresh.values} == {said(path, spot) for spot in fresh.values.values()}
    assert {str(place.at(*above).key(name)) for *above, name in fresh.keys} == {
        said(path, spot) for spot in fresh.keys.values()}


def said(path: Path, spot: tuple[int, int]) -> str:
    return f"{path}:{spot[0] + 1}:{spot[1] + 1}"


def test_a_changed_text_is_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was parsed beforehand is taken for a text with its very digest, and for no other."""
    text = "from: 2014-04-01\n"
    before = {sha256(text.encode()).hexdigest(): json.loads('{"from": {"!day": "1999-12-31"}}')}
    monkeypatch.setattr(import_module("hashgrade.law.load"), "_parsed_before", lambda: before)
    file = tmp_path / "pack.yaml"
    file.write_text(text)
    assert repr(read_file(file)[0]) == "{'from': datetime.date(1999, 12, 31)}"
    file.write_text(text + " ")
    assert repr(read_file(file)[0]) == "{'from': datetime.date(2014, 4, 1)}"


@pytest.mark.parametrize(("text", "words"), [
    ("[" * 1_000, "nested too deeply"),
    ("\n".join(f"{'  ' * n}a:" for n in range(400)), "nested too deeply"),
    ("a: 1\n" * 200_000, "1,000,000 characters, at most 500,000"),
], ids=["brackets", "indents", "long"])
def test_what_would_take_too_long_is_refused(text: str, words: str) -> None:
    """Depth and length have bounds, told as faults of the text."""
    with pytest.raises(InputError, match=words):
        read(text, "pack.yaml", "PACK")


@pytest.mark.parametrize(("text", "where", "hint"), [
    ("a:\n\t- b\n", "2:1", "indent with spaces, not with tabs"),
    ("a:\n  b: c\n d: e\n", "3:2", "indent this line as the lines that it belongs with"),
    ("title: Law: images\n", "1:11", "a text with a colon needs quotes; what belongs together, the same indent"),
    ("- 'a child's'\n", "1:12", "a quotation mark before this one ends its text too early, or ends none"),
    ("a: b\nc\nd: e\n", "3:1", "before this a colon is missing, or the space after it"),
    ("title: @b\n", "1:8", "a text that begins with a sign needs quotes"),
])
def test_the_commonest_slips_are_told_in_words(text: str, where: str, hint: str) -> None:
    """Below the line there is what to do about it, for whoever does not speak YAML."""
    with pytest.raises(InputError) as caught:
        read(text, "pack.yaml", "PACK")
    assert caught.value.where == f"pack.yaml:{where}"
    assert caught.value.excerpt.endswith(f"^ {hint}")


def test_a_key_without_a_value_is_at_fault_itself() -> None:
    """Nothing written is not to be looked for on the next line."""
    _, place = read("title:\nlaw: x\n", "pack.yaml", "PACK")
    assert str(place.at("title")) == "pack.yaml:1:1"
    assert str(place.at("law")) == "pack.yaml:2:6"
