"""Every error a caller can meet: its class, its code, what it means and what to do.

An error says what went wrong, where, and what to do about it, and never holds media,
people's names or secrets. `CATALOGUE` is the public list; docs/errors.md is generated
from it, and an error whose code is not in it cannot be raised.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one error code stands for, and the next step of whoever meets it."""

    kind: str
    means: str
    to_do: str


class HashgradeError(Exception):
    """An error with a documented code; `str()` gives the text a person reads.

    Args:
        code: A key of `CATALOGUE`.
        what: What is wrong here, in one line, with what was expected and found.
        where: The place: `file:line:column`, a path inside an archive, a table.
        excerpt: The offending line and a caret below it, if there is one.
        to_do: What to do here, where it is more exact than the catalogue's advice.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, code: str, what: str, *, where: str = "", excerpt: str = "", to_do: str = "") -> None:
        meaning = CATALOGUE[code]
        if meaning.kind != type(self).__name__:
            raise TypeError(f"{code} is raised as {meaning.kind}, not as {type(self).__name__}")
        self.code, self.what, self.where, self.excerpt = code, what, where, excerpt
        self.to_do = to_do or meaning.to_do
        super().__init__(self.rendered())

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.code, self.what, self.where, self.excerpt, self.to_do)

    def rendered(self) -> str:
        """The error as lines of text: code and what, where, excerpt, what to do."""
        lines = [f"error[{self.code}]: {self.what}"]
        if self.where:
            lines.append(f" --> {self.where}")
        lines += [f"  | {line}" for line in self.excerpt.splitlines()]
        lines.append(f"{self.to_do}; see docs/errors.md#{self.code.lower()}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, str]:
        """The error as the object that `--json` commands print: `code` and `message`."""
        return {"code": self.code, "message": f"{self.what} ({self.where})" if self.where else self.what}


def _restore(kind: type[HashgradeError], code: str, what: str, *rest: str) -> HashgradeError:
    where, excerpt, to_do = rest
    return kind(code, what, where=where, excerpt=excerpt, to_do=to_do)


class InputError(HashgradeError):
    """What was given cannot be used; whoever gave it can mend it."""


class Refused(HashgradeError):
    """The act is not allowed, for the reason stated."""

    exit_code = 3


class Conflict(HashgradeError):
    """Somebody was first; look again and retry."""

    exit_code = 4


class Broken(HashgradeError):
    """Integrity is gone: stop, and restore from a good copy."""

    exit_code = 5


CATALOGUE: dict[str, Meaning] = {
    # commands and settings
    "CMD-01": Meaning("InputError", "A path or name given to a command does not exist.", "check the spelling"),
    "SET-01": Meaning(
        "InputError", "A setting has a value it cannot have.",
        "mend it in hashgrade.toml, the environment or the flag; docs/reference/settings.md lists the settings"),
    "STA-01": Meaning(
        "InputError", "The folder is not a station.", "make one with `hashgrade init`, or name another with --station"),
    "STA-02": Meaning(
        "Refused", "One process works on one station, and another is open already.",
        "run the second station in a process of its own"),
    # studies
    "STU-01": Meaning("InputError", "No study has this name.", "list the studies with `hashgrade study list`, or give the path of a study file"),
    "STU-02": Meaning("InputError", "A study file is not readable YAML.", "mend the YAML at the place shown"),
    "STU-03": Meaning("InputError", "A study file has a key it cannot have, lacks one, or gives it a wrong value.",
                      "mend the line shown; docs/studies.md describes every key"),
    "STU-04": Meaning("InputError", "A table breaks down by something that cannot be broken down.",
                      "name a fact, a derived fact, `verdict.PACK` or an item field; `hashgrade law packs --facts` lists the facts"),
    "STU-05": Meaning("InputError", "A table mixes units of count.", "give each unit of count a table of its own"),
    "STU-06": Meaning("InputError", "Small counts are to be printed and no reason is given.",
                      "give `disclosure: {none: REASON}`; the reason is printed with the tables"),
    "STU-07": Meaning("InputError", "The cohort of a study holds nothing.",
                      "check the period and the condition, and that readings have been recorded"),
    "STU-08": Meaning("InputError", "A sample is larger than the stratum it is drawn from.",
                      "ask for a smaller sample, or widen the cohort or its period"),
    "STU-09": Meaning("InputError", "The period of a study is not known.", "name the year with `--year`"),
    "STU-10": Meaning("Refused", "The folder for a study's report holds something else.", "name an empty folder, or one that a study wrote"),
    # vault
    "VLT-01": Meaning("Conflict", "The station has a vault or a key already.",
                      "use the vault that is there; to start again, name an empty folder with --station"),
    "VLT-02": Meaning("InputError", "The vault's key file is missing.",
                      "put it back from its backup: without it no medium can be read, by anybody"),
    "VLT-03": Meaning("InputError", "The key file holds no key, or not the key of this vault.",
                      "put the station's own key file back from its backup"),
    "VLT-04": Meaning("Refused", "Others than the owner can read a key file.",
                      "find out who could have read it, then `chmod 600` the file"),
    "VLT-05": Meaning("InputError", "A file changed while it was taken in.", "take it in again when nothing writes to it"),
    "VLT-06": Meaning("InputError", "The vault does not hold this medium, or it was shredded.",
                      "check the SHA-256; a shredded medium cannot be brought back"),
    "VLT-07": Meaning("Broken", "A medium or its key was altered or cut short on disk.",
                      "restore it from a backup, and check the disk"),
    # media: decoding, `hash`, `match`
    "DEC-01": Meaning("InputError", "A medium has no bytes at all.", "get the file again from where it came"),
    "DEC-02": Meaning("InputError", "The bytes begin like no format that is decoded here.",
                      "nothing is lost, its digests are kept; convert it, if it should be seen"),
    "DEC-03": Meaning("InputError", "A still is damaged or cut short.", "get the file again; its digests are kept"),
    "DEC-04": Meaning("InputError", "A still or frame has more pixels than the limit.",
                      "raise limits.pixels_max, if the machine has the memory; its digests are kept"),
    "DEC-05": Meaning("InputError", "A medium has more bytes than the limit.",
                      "raise limits.medium_bytes_max; its digests are kept"),
    "DEC-06": Meaning("InputError", "A clip took too long to decode and was stopped.",
                      "raise limits.clip_s_max; its digests are kept"),
    "DEC-07": Meaning("InputError", "A clip is damaged, cut short, or shows no pictures.",
                      "get the file again; its digests are kept"),
    "DEC-08": Meaning("InputError", "A clip made its decoder crash; only that process was lost.",
                      "treat the file with care; its digests are kept"),
    "MED-01": Meaning("InputError", "A path cannot be read.", "check that it is there and that you may read it"),
    "MED-02": Meaning("InputError", "A PDQ code is not 64 hexadecimal characters.",
                      "give each code as `hashgrade hash` prints it"),
    "MED-03": Meaning("InputError", "A picture has too little structure to be matched.",
                      "look at it yourself; flat pictures resemble each other whatever they show"),
    "IDX-01": Meaning("InputError", "Codes or ids for the index have another shape or type.",
                      "give codes as uint8 [N, 32] and ids as uint64 [N]"),
    "IDX-02": Meaning("InputError", "The radius of a search is not between 0 and 256 bits.", "give 31, or less"),
    "IDX-03": Meaning("InputError", "The index file is missing or cannot be read.", "check the path and its permissions"),
    "IDX-04": Meaning("Broken", "A file that should hold an index holds something else.", "build the index again"),
    "IDX-05": Meaning("Broken", "An index was written by another version of Hashgrade.", "build the index again"),
    "IDX-06": Meaning("Broken", "An index is damaged, so that it could miss matches.", "build the index again"),
}
