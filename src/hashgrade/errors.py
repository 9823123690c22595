"""Every error a caller can meet: its class, its code, what it means and what to do.

An error says what went wrong, where, and what to do about it, and never holds media,
people's names or secrets. `CATALOGUE` is the public list; docs/errors.md is generated
from it, and an error whose code is not in it cannot be raised.
"""

from collections.abc import Mapping
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
        if meaning.kind not in {kind.__name__ for kind in type(self).__mro__}:
            raise TypeError(f"{code} is raised as {meaning.kind}, not as {type(self).__name__}")
        self.code, self.what, self.where, self.excerpt = code, what, where, excerpt
        self.to_do = to_do or meaning.to_do
        super().__init__(self.rendered())

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.code, self.what, self.where, self.excerpt, self.to_do)

    def rendered(self, where: str = "") -> str:
        """The error as lines of text: code and what, where, excerpt, what to do.

        Args:
            where: The place, for an error that was raised by what does not know it.
        """
        lines = [f"error[{self.code}]: {printable(self.what)}"]
        if place := self.where or where:
            lines.append(f" --> {printable(place)}")
        lines += [f"  | {line}" for line in self.excerpt.splitlines()]
        lines.append(f"{self.to_do}; see docs/errors.md#{self.code.lower()}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, str]:
        """The error as the object that `--json` commands print: `code` and `message`."""
        return {"code": self.code, "message": f"{self.what} ({self.where})" if self.where else self.what}


def printable(text: str) -> str:
    """Spell text so that a terminal shows it: no escape sequence, no half character, no hidden direction."""
    return "".join(one if one.isprintable() else _escaped(one) for one in text)


def _escaped(one: str) -> str:
    # A name's byte that is no UTF-8 is held as one of these halves of a character.
    return f"\\x{ord(one) - 0xdc00:02x}" if "\udc80" <= one <= "\udcff" else one.encode("unicode_escape").decode()


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


def kind_of(value: object) -> str:
    """Name what a value is as whoever wrote it would, for an error: null, a list, an empty map, a number."""
    if isinstance(value, Mapping | list | tuple):
        return f"{'a' if value else 'an empty'} {'map' if isinstance(value, Mapping) else 'list'}"
    plain = {bool: "true or false", int: "a number", float: "a number", str: "text"}
    return "null" if value is None else plain.get(type(value), "something else")


CATALOGUE: dict[str, Meaning] = {
    # commands and settings
    "CMD-01": Meaning("InputError", "A path or name given to a command does not exist.", "check the spelling"),
    "CMD-02": Meaning("InputError", "The system refused to make, read or write a file or folder, or the disk is full.", "check the path, who may write there and the room on the disk, then run the same command again"),
    "SET-01": Meaning("InputError", "A setting does not exist, or has a value it cannot have.", "mend it in hashgrade.toml, the environment or the flag; docs/reference/settings.md lists the settings"),
    "STA-01": Meaning("InputError", "The folder is not a station.", "make one with `hashgrade init`, or name another with --station"),
    "STA-02": Meaning("Refused", "One process works on one station, and another is open already.", "run the second station in a process of its own"),
    "STA-03": Meaning("Conflict", "The folder holds a station already.", "use it, or name an empty folder with --station"),
    # studies
    "STU-01": Meaning("InputError", "No study has this name.", "list the studies with `hashgrade study list`, or give the path of a study file"),
    "STU-02": Meaning("InputError", "A study refers to a figure that none of its tables has.", "name it as `table.row`, or `table.row.column` where the table is crossed"),
    "STU-03": Meaning("InputError", "A study file has a key it cannot have, lacks one, or gives it a wrong value.", "mend the line shown; the studies of the package, in data/studies, show every key"),
    "STU-04": Meaning("InputError", "A table breaks down by something that cannot be broken down.", "name a fact, a derived fact, `verdict.PACK` or an item field; `hashgrade law packs --facts` lists the facts"),
    "STU-05": Meaning("InputError", "A table mixes units of count.", "give each unit of count a table of its own"),
    "STU-06": Meaning("InputError", "Small counts are to be printed and no reason is given.", "give `disclosure: {none: REASON}`; the reason is printed with the tables"),
    "STU-07": Meaning("InputError", "The cohort of a study holds nothing.", "check the period and the condition, and that readings have been recorded"),
    "STU-08": Meaning("InputError", "A sample is larger than the stratum it is drawn from.", "ask for a smaller sample, or widen the cohort or its period"),
    "STU-09": Meaning("InputError", "The period of a study is not known, or a year is given where it has a period of its own.", "name a year with `--year` for a study whose period is a year, and for no other"),
    "STU-10": Meaning("Refused", "The folder for a study's report, or for a snapshot, holds something else.", "name an empty folder, or one that a study wrote"),
    "STU-11": Meaning("Conflict", "Records came in while a snapshot was taken, of items that it does not hold.", "take the snapshot again while nothing is being taken in"),
    "STU-15": Meaning("InputError", "A table that is for inside only is not marked so.", "write `internal: true` in the table; `hashgrade study run --internal` prints it"),
    "STU-12": Meaning("InputError", "Strata overlap, and a table tells them apart.", "give strata conditions of which no medium can satisfy two"),
    "STU-13": Meaning("InputError", "A table would have more weeks, months or years than a table may have.", "break it down by a longer time, or study a shorter period"),
    "STU-16": Meaning("InputError", "Names of hosts are asked for in a report that is not for inside only.", "give `--internal` too, or leave `--hosts` out"),
    "STU-20": Meaning("InputError", "A number given to a statistic is outside its range, or contradicts another.", "give counts from 0 to their base, and shares, margins and confidences above 0 and below 1"),
    "STU-21": Meaning("InputError", "A share cannot be estimated, as nothing was drawn from some stratum that holds something.", "draw at least one of each stratum, or leave the stratum out of the study and say so"),
    "STU-22": Meaning("InputError", "A trend is asked of fewer than two periods.", "give at least two periods that have units"),
    "STU-23": Meaning("InputError", "A rating is none of the values that its scale has.", "give each value its place in the order of the scale"),
    "STU-24": Meaning("InputError", "Seconds of exposure, or numbers of views, are not what they can be.", "give seconds from 0, and whole numbers of items and readings from 0"),
    "STU-25": Meaning("InputError", "The station holds nothing that could be watched.", "take items in first, and have them graded"),
    "STU-26": Meaning("InputError", "The watch does not know this series.", "name age, sex, origin, severity or site, or one within a value of another as in `age/origin=self_generated`"),
    "STU-27": Meaning("InputError", "The watch is asked about days of which nothing is on record.", "give a day up to the end of the newest item's period, or leave `--until` out"),
    "STU-28": Meaning("InputError", "The records do not go back far enough for a watch.", "wait until there are 35 weeks or 15 months, or take older records in"),
    "STU-29": Meaning("InputError", "The false alarms that a watch may make in a year are out of range.", "give a number above 0 and at most the number of periods in a year"),
    "STU-30": Meaning("InputError", "No counts fit what several releases print.", "attack releases of the same records together, and others one by one"),
    "STU-31": Meaning("InputError", "Counts that a report keeps back follow from earlier reports alone.", "see whether the earlier reports can be taken back; nothing that is kept back now can help"),
    "STU-32": Meaning("InputError", "An earlier report cannot be read, or cannot be counted again.", "name the folder that `hashgrade study run --out` wrote, unchanged, or a folder of such folders"),
    "STU-33": Meaning("Refused", "A count below the threshold cannot be protected, whatever is kept back.", "ask for at least as many of each stratum of a sample as the threshold is, or leave out a table that counts the same units in another way"),
    "STU-34": Meaning("InputError", "A report was guarded against earlier reports, and others are given.", "give `--against` the reports that `manifest.json` names, unchanged"),
    "STU-35": Meaning("InputError", "A snapshot is of another format.", "take the snapshot again with this version"),
    "STU-36": Meaning("InputError", "The folder holds no snapshot, or no report that could be verified.", "name the folder that `hashgrade study run --keep-snapshot` or `--out` was given"),
    "STU-37": Meaning("InputError", "The records that a snapshot is taken of contradict each other.", "find and mend the records that the message names, and take the snapshot again"),
    "STU-38": Meaning("Broken", "A file of a snapshot is missing, or is not what was written.", "restore the folder from a copy, or take the snapshot again"),
    "STU-39": Meaning("InputError", "A report cannot be made again as it was.", "give the snapshot, the study file and the packs that it was made from, as `manifest.json` names them"),
    "STU-42": Meaning("Broken", "A sentence about a table says a number that the table does not print.", "the report is not written: report the fault, with the study file"),
    "STU-47": Meaning("InputError", "What is coded for a study is not what its protocol asks.", "correct what is coded, or give the protocol the question or value that it lacks"),
    "STU-48": Meaning("InputError", "A study that draws no sample is asked which media it draws.", "give the study a `sample`, as docs/reference/studies.md says"),
    "STU-49": Meaning("Refused", "The file for a new study is there already, or has a name that no study can have.", "name a file that is not there, such as `overlays.yaml`"),
    # vault
    "VLT-01": Meaning("Conflict", "The station has a vault or a key already.", "use the vault that is there; to start again, name an empty folder with --station"),
    "STU-45": Meaning("InputError", "Something is asked outside the sample that only the sample can be asked.", "put the table under `sample: tables:`, and give the protocol ids and values that are its own"),
    "STU-46": Meaning("InputError", "A measure has an option or a key that it cannot have, lacks one, or rests on a table that it cannot rest on.", "see the measures and their options in docs/reference/studies.md"),
    "VLT-02": Meaning("InputError", "The vault's key file is missing or cannot be read.", "put it back from its backup: without it no medium can be read, by anybody"),
    "VLT-03": Meaning("InputError", "The key file holds no key, or not the key of this vault.", "put the station's own key file back from its backup"),
    "VLT-04": Meaning("Refused", "Others than the owner can read a key file.", "find out who could have read it, then `chmod 600` the file"),
    "VLT-05": Meaning("InputError", "A file changed while it was taken in.", "take it in again when nothing writes to it"),
    "VLT-06": Meaning("InputError", "The vault does not hold this medium, or it was shredded.", "check the SHA-256; a shredded medium cannot be brought back"),
    "VLT-07": Meaning("Broken", "A medium or its key was altered or cut short on disk.", "restore it from a backup, and check the disk"),
    "VLT-08": Meaning("Broken", "The disk that holds the vault is full.", "make room and run the same command again; what was finished is kept"),
    # media: decoding, `hash`, `match`
    "DEC-01": Meaning("InputError", "A medium has no bytes at all.", "get the file again from where it came"),
    "DEC-02": Meaning("InputError", "The bytes begin like no format that is decoded here, or a clip is in a codec that is not.", "nothing is lost, its digests are kept; convert it, if it should be seen"),
    "DEC-03": Meaning("InputError", "A still is damaged or cut short.", "get the file again; its digests are kept"),
    "DEC-04": Meaning("InputError", "A still or frame has more pixels than the limit.", "raise limits.pixels_max, if the machine has the memory; its digests are kept"),
    "DEC-05": Meaning("InputError", "A medium has more bytes than the limit.", "raise limits.medium_bytes_max; its digests are kept"),
    "DEC-06": Meaning("InputError", "A medium took too long to decode and was stopped.", "raise limits.clip_s_max; its digests are kept"),
    "DEC-07": Meaning("InputError", "A clip is damaged, cut short, or shows no pictures.", "get the file again; its digests are kept"),
    "DEC-08": Meaning("InputError", "A medium made its decoder crash; only that process was lost.", "treat the file with care; its digests are kept"),
    "DEC-09": Meaning("InputError", "A clip or animation has more frames than the limit; those up to there were taken.", "raise limits.frames_max if the rest matters; its digests are kept"),
    "DEC-10": Meaning("InputError", "A medium needs more memory to decode than the jail gives.", "treat the file with care; its digests are kept"),
    "DEC-11": Meaning("InputError", "A medium made its decoder answer what cannot be, so that nothing of it is believed.", "treat the file as hostile; its digests are kept"),
    "JAIL-01": Meaning("Refused", "This machine cannot confine the decoder as strongly as the setting asks.", "use a kernel with Landlock and seccomp (Linux 5.13 or newer); or set `jail_at_least` lower, and take in nothing hostile"),
    "JAIL-02": Meaning("Broken", "The process that decodes media cannot be started, or ends again and again.", "run `python -I -m hashgrade.decode` to see why; no medium was lost"),
    "MED-01": Meaning("InputError", "A path cannot be read.", "check that it is there and that you may read it"),
    "MED-02": Meaning("InputError", "A PDQ code is not 64 hexadecimal characters.", "give each code as `hashgrade hash` prints it"),
    "MED-03": Meaning("InputError", "A picture has too little structure to be matched.", "look at it yourself; flat pictures resemble each other whatever they show"),
    "IDX-01": Meaning("InputError", "Codes, digests or ids for an index have another shape or type.", "give codes as uint8 [N, 32], digests as uint8 [N, 16], [N, 20] or [N, 32], and ids as uint64 [N]"),
    "IDX-02": Meaning("InputError", "The radius of a search is not between 0 and 256 bits.", "give 31, or less"),
    "IDX-03": Meaning("InputError", "The index file is missing or cannot be read.", "check the path and its permissions"),
    "IDX-04": Meaning("Broken", "A file that should hold an index holds something else.", "build the index again"),
    "IDX-05": Meaning("Broken", "An index was written by another version of Hashgrade.", "build the index again"),
    "IDX-06": Meaning("Broken", "An index is damaged, so that it could miss matches.", "build the index again"),
    "IDX-07": Meaning("InputError", "An id was never given to the clusters.", "add its code first"),
    "FRM-01": Meaning("InputError", "A line of a vPDQ file, or a text of its list, is not a frame.", "mend the line shown, or hash the clip again"),
    "FRM-02": Meaning("InputError", "A vPDQ file holds no frame, or JSON that is no list of frames.", "check that it is the right file, or hash the clip again"),
    # hash lists
    "LST-01": Meaning("InputError", "The header of a CSV list has no column that a medium can be recognised by.", "name the columns sha256, md5, sha1, pdq, pdq_quality, kind; at least one of the first four"),
    "LST-02": Meaning("InputError", "A digest or PDQ code of a list is not hex of its length.", "mend or remove the line; the other lines were read"),
    "LST-03": Meaning("InputError", "A number or word of a list is not one it can be.", "mend or remove the line; the other lines were read"),
    "LST-04": Meaning("InputError", "A line of a list has nothing to recognise a medium by.", "give it a digest or a PDQ code, or remove it; the other lines were read"),
    "LST-05": Meaning("InputError", "A row of a CSV list is not a row of that list.", "mend or remove the row; the other rows were read"),
    "LST-06": Meaning("InputError", "The name of a list cannot be the name of a folder.", "use 1 to 64 letters, digits, dots, hyphens and underscores, beginning with a letter or digit"),
    "LST-07": Meaning("InputError", "The policy file of a list cannot be read.", "write one condition, such as `any: [{verdict.uk-ew: {in: [A, B, C]}}]`"),
    "LST-08": Meaning("InputError", "What was given is neither an edition's folder nor a list file.", "name an edition's folder, a CSV list, or a VICS JSON file"),
    "LST-09": Meaning("Refused", "An edition is older than the one of the same list that is in use.", "import the newest edition; to go back to this one on purpose, add --older"),
    "LST-10": Meaning("Refused", "An edition was in use before, and another took its place for good.", "import it under another name, or a file as an edition of another name with --edition"),
    "VIC-01": Meaning("InputError", "A VICS file is not JSON from some place on.", "get the file again from whoever made it: it is damaged or was cut short"),
    "VIC-02": Meaning("InputError", "A file is JSON, and not VICS.", "name a VICS hash set or case, version 1.3 or 2.0"),
    "REL-01": Meaning("InputError", "The key that signs or checks editions is missing, cannot be read, or is not an Ed25519 key.", "restore keys/release.key and keys/release.pub from their backup, or name the signer's public key with --key"),
    "REL-02": Meaning("InputError", "The folder is not an edition.", "name a folder that holds manifest.json and manifest.json.sig"),
    "REL-03": Meaning("Broken", "The signature of an edition is not by this key over this manifest.", "name the signer's public key with --key, if the edition is another station's; else do not use it"),
    "REL-04": Meaning("Broken", "A file of an edition is not the one that was signed, is missing, or is one too many.", "do not use the edition: get it again from its publisher"),
    "REL-05": Meaning("Broken", "A signed manifest does not have the form of a manifest.", "do not use the edition: ask its publisher"),
    "REL-06": Meaning("Conflict", "An edition with this number is there already.", "run the command again"),
    "REL-07": Meaning("Conflict", "The station has a signing key already.", "use it: members know it; to change it, move both files away and tell every member first"),
    "REL-08": Meaning("Broken", "An edition stands under another name or number than it was signed with.", "do not use the edition: an old one, or another list's, was put in its place"),
    "REL-09": Meaning("InputError", "A file of an edition cannot be read.", "check that you may read it, and the disk"),
    # intake
    "INT-01": Meaning("InputError", "A file or folder cannot be read.", "check that it is there and may be read; the others were taken in"),
    "INT-02": Meaning("InputError", "A link is not followed, as it may lead out of the folder.", "take in what it leads to by its own path, if that is wanted"),
    "INT-03": Meaning("InputError", "A path is not a file: a pipe, a device or a socket.", "take it out of the folder"),
    "INT-04": Meaning("InputError", "A medium is larger than the limit.", "raise limits.medium_bytes_max if it is to be taken in, and take it in again"),
    "ZIP-01": Meaning("InputError", "A ZIP is damaged, so it was kept as one medium and not opened.", "get it again, or repair it, and take it in again"),
    "ZIP-02": Meaning("InputError", "A member of a ZIP is encrypted.", "unpack it with its password and take in what it held"),
    "ZIP-03": Meaning("InputError", "A member of a ZIP has a name that leads out of a folder; it was taken in, and nothing was written there.", "treat the ZIP's maker as hostile"),
    "ZIP-04": Meaning("InputError", "A member of a ZIP is a link, which holds no medium.", "take in what it led to, if you have it"),
    "ZIP-05": Meaning("InputError", "A ZIP lies in a ZIP; it was kept as one medium and not opened.", "unpack it and take in what it held"),
    "ZIP-06": Meaning("InputError", "A ZIP unpacks to more than the limits: it may be a bomb. What is over was not taken in.", "unpack it yourself under a quota; or raise limits.zip_ratio_max, zip_bytes_max or zip_members_max"),
    "ZIP-07": Meaning("InputError", "A member of a ZIP is damaged or packed in a way that is not read.", "get the ZIP again, or unpack it with the programme that made it"),
    # the words of a grade
    "GRA-01": Meaning("InputError", "A grade is not a map of `facts` and a list of `children`.", "write `{\"facts\": {...}, \"children\": [...]}`, and leave out what is unanswered"),
    "GRA-02": Meaning("InputError", "A fact is not in the vocabulary, or not at this level.", "list the facts with `hashgrade law packs --facts`"),
    "GRA-03": Meaning("InputError", "A fact has a value that the vocabulary does not give it.", "list the values with `hashgrade law packs --facts`"),
    "GRA-04": Meaning("InputError", "Two answers contradict each other, so that neither can be believed.", "look at both answers again and correct one"),
    "GRA-05": Meaning("InputError", "A file of facts cannot be read as JSON.", "mend the file at the line and column given"),
    # conditions, in studies, policies and queues
    "CON-01": Meaning("InputError", "A file that holds a condition cannot be read as YAML.", "mend the YAML at the line and column given"),
    "CON-02": Meaning("InputError", "A condition is not well formed.", "write one of all, any, not, or a name with is, in, under or over"),
    "CON-03": Meaning("InputError", "A condition uses a name that there is not.", "list the facts with `hashgrade law packs --facts`"),
    "CON-04": Meaning("InputError", "A condition compares a name with a value it never has.", "list the values with `hashgrade law packs --facts`"),
    # packs
    "PACK-01": Meaning("InputError", "A file of a pack cannot be read as YAML.", "mend the file at the line and column given"),
    "PACK-02": Meaning("InputError", "A rule's condition is not well formed.", "write one of all, any, not, or a name with is, in, under or over"),
    "PACK-03": Meaning("InputError", "A rule asks for a fact the vocabulary does not have.", "list the facts with `hashgrade law packs --facts`"),
    "PACK-04": Meaning("InputError", "A rule compares a fact with a value it never has.", "list the values with `hashgrade law packs --facts`"),
    "PACK-05": Meaning("InputError", "A pack lacks something it must state, or states what no pack has.", "write it in the form of a pack of the package, and run `hashgrade law check` again"),
    "PACK-06": Meaning("InputError", "A pack's outcomes and rules do not fit together.", "list outcomes and rules from most to least severe, ending in `none`"),
    "PACK-07": Meaning("InputError", "A rule names a source that the pack does not state.", "add the source to `sources` of the pack, and its text to sources.md"),
    "PACK-08": Meaning("InputError", "There is no pack of that name.", "list the packs with `hashgrade law packs`, or name a folder that holds a `pack.yaml`"),
    "PACK-09": Meaning("InputError", "No version of the pack was in force on that day.", "give a later day with --on, or leave it out for the newest version"),
    "PACK-10": Meaning("InputError", "A case of a pack does not come out as it says.", "mend the rule or the case, whichever misreads the source"),
    "PACK-11": Meaning("InputError", "Parameters of a pack, or packs, ask for each other in a circle.", "let one of them state its condition in facts"),
    "PACK-12": Meaning("InputError", "A rule can be true of no child, or its thresholds cut every age band it could be true of.", "mend the condition; compare ages at the edges of the bands, or say in `not_modelled` what is left out"),
    "PACK-13": Meaning("InputError", "The rules before a rule leave it no child to decide.", "narrow the rules that shadow it, or take the rule out"),
    "PACK-14": Meaning("InputError", "An outcome can never come out, or one that is stated as not modelled can.", "add a rule for it, or state it in `not_modelled` with its `outcome` and `why`"),
    "PACK-15": Meaning("InputError", "A parameter changes no verdict.", "use it in a rule as `parameter.NAME`, or take it out"),
    "PACK-16": Meaning("InputError", "A rule asks for a fact that never changes the outcome.", "take the fact out, so that nobody is asked, or mend the rule that was to turn on it"),
    "PACK-17": Meaning("InputError", "The cases of a pack leave out what they must show.", "add a case to cases.yaml, and run `hashgrade law test`"),
    "PACK-18": Meaning("InputError", "A source of a pack is not described in sources.md, or nothing rests on it.", "give it a heading `## key` with the lines `Citation:`, `Link:` and `Read:`, and the rule in neutral words"),
    "PACK-19": Meaning("InputError", "The versions of a pack overlap in time, or leave days between them.", "let each version end on the day before the next begins, the newest first"),
    "PACK-20": Meaning("InputError", "The rules of a pack bind too many facts together to be reasoned about.", "let rules ask for fewer facts at once, or make two packs of one"),
    # packs as pages
    "BOOK-01": Meaning("InputError", "The folder for the pages of packs cannot be written.", "give another folder with --out, or make room and check who may write"),
    "BOOK-02": Meaning("InputError", "Two packs of the same name are to become pages of one book.", "leave one out, or write them to two folders"),
    # crosswalks
    "XWK-01": Meaning("InputError", "A crosswalk cannot be read as YAML.", "mend the YAML at the line and column given"),
    "XWK-02": Meaning("InputError", "A crosswalk lacks something it must state, or states what no crosswalk has.", "write it in the form of a crosswalk of the package; see docs/how-to/map-to-other-schemes.md"),
    "XWK-03": Meaning("InputError", "A crosswalk names a fact, verdict or list that there is not.", "list the facts with `hashgrade law packs --facts`"),
    "XWK-04": Meaning("InputError", "A crosswalk names a value that its fact never has.", "list the values with `hashgrade law packs --facts`"),
    "XWK-05": Meaning("InputError", "A value or a code of a crosswalk stands twice, so that it could be read two ways.", "keep the one that is right; a code that covers several values is `broader` in each entry"),
    "XWK-06": Meaning("InputError", "A crosswalk says nothing of one of our values, or of one of their codes.", "map it, or declare that it has no counterpart, and why"),
    "XWK-07": Meaning("InputError", "A file of ids for a scheme is not such a file.", "give CSV in UTF-8 with the columns fact, value and ucs, a row for each value that has an id"),
    "XWK-08": Meaning("InputError", "Codes of another scheme name a field or code that its crosswalk does not have.", "list them with `hashgrade law crosswalk show NAME`"),
    "XWK-09": Meaning("Conflict", "The station has another id for the same value.", "find out which is right; to begin again, move the station's crosswalks/ucs.csv away"),
    # packs in force
    "LAW-01": Meaning("Refused", "Who proposed a pack wants to approve it too.", "let somebody else look at it with `hashgrade law preview`, and approve it from an account of their own"),
    "LAW-02": Meaning("InputError", "Nothing is proposed that could be approved.", "see what waits with `hashgrade law in-force`; a new text is proposed with `hashgrade law propose`"),
    "LAW-03": Meaning("Conflict", "The text of a pack that was proposed is not the one to be approved.", "compare the two with `hashgrade law preview`, and propose the one that is wanted"),
    "LAW-04": Meaning("Refused", "A pack that `hashgrade law check` finds fault with cannot be put in force.", "mend what is told above, and propose it again"),
    "LAW-05": Meaning("InputError", "A pack is not in force here, so that no newer text can take its place.", "name it in the setting `packs`: its text comes into force when the station is next opened"),
    "LAW-06": Meaning("Conflict", "A text that is proposed is in force, or proposed, already.", "see with `hashgrade law in-force` who may do what next"),
    "LAW-07": Meaning("Broken", "The text of a pack on file is not the one that was put in force.", "stop, and restore the records from a good copy"),
    # records
    "STO-01": Meaning("Broken", "This SQLite is too old to keep records safely.", "run Hashgrade with SQLite 3.31 or newer"),
    "STO-02": Meaning("Broken", "The records are in a journal mode that this SQLite can corrupt.", "close every programme that has the file open, then start again"),
    "STO-03": Meaning("Conflict", "Another process kept the records to itself for too long.", "run the command again"),
    "STO-04": Meaning("InputError", "A change of the records has no actor or no reason.", "say who changes them, and why"),
    "STO-05": Meaning("InputError", "A record contradicts what is on file of the same thing.", "find out which of the two is right, and mend the line"),
    "STO-06": Meaning("InputError", "Somebody's reading or settlement is on file with other content.", "if it is a correction, give `supersedes` with the time of the reading it corrects"),
    "STO-07": Meaning("InputError", "A correction does not follow the reader's current reading.", "give `supersedes` the time of that reader's newest reading of the item"),
    "STO-08": Meaning("Refused", "Who settled an item wants to read it.", "let somebody else read it"),
    "STO-09": Meaning("Refused", "A reader of an item wants to settle it.", "let somebody who has not read it settle it"),
    "STO-10": Meaning("Broken", "The disk that holds the records is full.", "make room and run the command again; nothing is lost"),
    "STO-11": Meaning("Conflict", "An edition with this number is on file.", "publish again, under the next number"),
    "STO-12": Meaning("Conflict", "Somebody else has taken the item.", "take another"),
    "STO-13": Meaning("Refused", "A block of work is written to after it ended.", "open a new block"),
    "STO-14": Meaning("InputError", "A record is about an item that is not on file.", "put the item's own line before the lines about it"),
    "STO-15": Meaning("InputError", "A claim names no digest and no PDQ code.", "give at least one of them"),
    "STO-16": Meaning("Broken", "A station has its keys and its vault, and its records are missing.", "stop, and restore records.sqlite3 from a backup; no empty records were made in its place"),
    "STO-17": Meaning("Broken", "The file of the records is not a database, or is damaged.", "stop, check the disk, and restore records.sqlite3 from a backup"),
    "STO-18": Meaning("InputError", "The records cannot be opened or written.", "check who may read and write records.sqlite3, and its folder"),
    "STO-19": Meaning("Refused", "A view is told of under a name that another reader's has.", "load the page again: it takes a name of its own"),
    "AUD-01": Meaning("Broken", "An entry of the audit log is missing.", "stop, and restore the records from a good copy"),
    "AUD-02": Meaning("Broken", "An entry of the audit log was changed.", "stop, and restore the records from a good copy"),
    "AUD-03": Meaning("Broken", "An entry of the audit log does not follow the one before it.", "stop, and restore the records from a good copy"),
    # backups
    "BAK-01": Meaning("InputError", "A folder cannot hold a backup of the station.", "name a new or empty folder on another disk, or one with an earlier backup of this station"),
    "BAK-02": Meaning("Refused", "A folder holds the backup of another station.", "name another folder: each station has its own"),
    "BAK-03": Meaning("Broken", "A backup holds entries of the audit log that the station does not.", "keep that backup, find out why the station's records are older or others, and name another folder meanwhile"),
    "BAK-04": Meaning("InputError", "A file of the station or of a backup cannot be read or written.", "check the disk, and who may read and write there, then run the same command again"),
    "BAK-05": Meaning("Broken", "The disk that a backup is made on is full.", "make room, then run the same command again: what was copied is not copied again"),
    "BAK-06": Meaning("Conflict", "A backup is being made in the same folder.", "wait until it has ended, then run the command again"),
    "BAK-07": Meaning("InputError", "There is no whole backup to check.", "name the folder that a backup was made in; one that was interrupted is finished by making it again"),
    "BAK-08": Meaning("Broken", "A backup is not what was made.", "make another in an empty folder, then check the disk of this one"),
    # records as JSON lines
    "LIN-01": Meaning("InputError", "A line is not JSON.", "mend the line at the column shown; the other lines were read"),
    "LIN-02": Meaning("InputError", "A line has no type, or one that records do not have.", "give `type` as report, item, sighting, reading, settlement, confirmation or coding"),
    "LIN-03": Meaning("InputError", "A line lacks a key that its type needs.", "add the key; docs/reference/records.md lists them"),
    "LIN-04": Meaning("InputError", "A key of a line has a value it cannot have.", "mend the value; docs/reference/records.md lists them"),
    "LIN-05": Meaning("InputError", "A line is longer than a record can be.", "split the file into lines, one record each"),
    "LIN-06": Meaning("InputError", "A compressed file is damaged or was cut short.", "get the file again and import it again; what came before the damage was read"),
    # access and accounts
    "ACC-01": Meaning("Refused", "Nobody is signed in.", "sign in"),
    "ACC-02": Meaning("Refused", "The account lacks the role that this takes.", "ask somebody who has the role, or an administrator for it"),
    "ACC-03": Meaning("Refused", "The account has no second factor yet.", "add a passkey or an authenticator app; nothing else comes before it"),
    "ACC-04": Meaning("Refused", "A risky act needs a fresh proof of who is there.", "give the password or a second factor again, then repeat the act"),
    "ACC-05": Meaning("Refused", "The act needs a reason.", "say why in a few words; they go into the audit trail"),
    "ACC-06": Meaning("Refused", "The act is not for this person: it is somebody else's, or they had a hand in it.", "leave it to somebody else"),
    "ACC-07": Meaning("InputError", "There is no account of this name.", "check the spelling; an administrator sees all accounts"),
    "ACC-08": Meaning("Refused", "An invitation is unknown, was used, or ran out.", "ask an administrator for another; the first comes from `hashgrade serve` as it starts"),
    "ACC-09": Meaning("InputError", "A name is none that an account can have.", "choose another; it stands in the records for good"),
    "ACC-10": Meaning("Conflict", "There is an account of this name already.", "choose another name, or renew that account"),
    "ACC-11": Meaning("Refused", "Roles do not go together on one account, or there are none.", "give the person two accounts, or somebody else one of the roles"),
    "ACC-12": Meaning("Refused", "Nobody would be left to let others in.", "make somebody else an administrator first"),
    "ACC-13": Meaning("Broken", "A secret that the records keep sealed cannot be read.", "restore the key file that it was sealed with, or renew the account"),
    "ACC-14": Meaning("Refused", "The last second factor of an account cannot be removed.", "add another one first"),
    # the workbench's server
    "SRV-01": Meaning("Conflict", "Another programme listens at the address.", "end it, or choose another port with --port"),
    "SRV-02": Meaning("InputError", "The address to listen at is none of this machine's, or is not ours to take.", "mend `serve.host` and `serve.port`; without them it is 127.0.0.1:8000"),
    "SRV-03": Meaning("Refused", "A page names no action, so nobody may see it.", "tell whoever added the page"),
    "SRV-04": Meaning("Refused", "The server would speak in the open to other machines.", "put a proxy with TLS before it and say so with `serve.tls`, or listen at 127.0.0.1"),
    "SRV-20": Meaning("InputError", "A link to the queue asks for what there is not.", "begin at the queue, and choose there"),
    "SRV-21": Meaning("InputError", "A filter cannot be kept as it is named.", "give it a name of 1 to 40 characters that can be seen"),
    "SRV-22": Meaning("Refused", "Somebody keeps as many filters as they can.", "drop one that you no longer use"),
    "SRV-10": Meaning("InputError", "An item is saved before all that is asked is answered.", "answer what is open, with `cannot be determined` where it cannot, or skip the item"),
    "SRV-11": Meaning("Conflict", "The answers on the screen are not those that are kept.", "look at the answers as they are now, then save"),
    "SRV-12": Meaning("InputError", "The bytes of an item are not in the vault.", "grade it as corrupt, or skip it; an operator can take it in again"),
    "SRV-13": Meaning("InputError", "What is asked of a picture, or of a draft, cannot be.", "load the page again"),
    "SRV-35": Meaning("InputError", "A file that was uploaded cannot be matched.", "choose one file that is not empty, within `serve.upload_bytes_max`; `hashgrade match` takes larger ones"),
    "SRV-36": Meaning("Conflict", "The index of what is known is being opened.", "try again in a minute; SHA-1, MD5 and addresses are found without it"),
    "SRV-37": Meaning("InputError", "What is looked for cannot be.", "give one digest, code or address a line"),
    "SRV-38": Meaning("Refused", "Somebody asks where an item stands, or what happened to it, that they hold to read.", "save your reading of it first, or give it back"),
    "SRV-14": Meaning("Refused", "A sheet is confirmed that was not looked at.", "show the sheet, then confirm it"),
    "SRV-45": Meaning("InputError", "A link or a form asks for entries of the audit log, or for a text of law, that cannot be.", "begin at the page it belongs to, and choose there"),
    "SRV-40": Meaning("Conflict", "Another run goes on at the workbench, and one can at a time.", "wait until it has ended, or cancel it on its page"),
    "SRV-41": Meaning("Conflict", "An edition was published after the form for the next one was shown.", "look at that edition, then load the form again if another is wanted"),
    "SRV-42": Meaning("InputError", "A list that was sent has lines that cannot be read, and nothing of it was imported.", "mend the lines that are named, or import it with `hashgrade list import`, which leaves them out"),
    "SRV-43": Meaning("Refused", "A report may not be published.", "run the study again: it is then guarded against everything that is published"),
    "SRV-44": Meaning("Broken", "A file of a report was changed after it was written.", "restore the folder from a copy, or run the study again"),
    "SRV-30": Meaning("Conflict", "An item was settled, or a reading of it corrected, while somebody settled it.", "look at what is said of it now; what you chose is shown"),
    "SRV-31": Meaning("InputError", "A link to what differs, or to second readings, asks for what there is not.", "begin at the list, and choose there"),
    # grading
    "GRD-01": Meaning("Refused", "An item cannot be read as it stands.", "take another item"),
    "GRD-02": Meaning("Refused", "An item cannot be settled before it has its readings.", "wait for the readings"),
    "GRD-03": Meaning("Refused", "A reading is of an item that its reader has not taken.", "take the item, then read it"),
    "GRD-04": Meaning("Refused", "A break is due.", "go away from the screen until the time that is told"),
    "GRD-05": Meaning("Refused", "The day's time with material in view is used up.", "do other work; a supervisor may let you go on, with a reason"),
    "GRD-06": Meaning("Refused", "The day's number of items has been seen.", "do other work; a supervisor may let you go on, with a reason"),
    "GRD-07": Meaning("Refused", "The day's last hour for seeing material has passed.", "go on tomorrow"),
    "GRD-08": Meaning("Refused", "The day's time with material of this severity is used up.", "take other cards, or do other work; a supervisor may let you go on, with a reason"),
    "GRD-09": Meaning("InputError", "An act needs a reason, and has none or one that is not on the list.", "choose one; with `other`, say it in a few words"),
    "GRD-10": Meaning("Refused", "A sheet is confirmed that is not the reader's to confirm.", "take the card, read its leader, then confirm the rest beside it"),
    "GRD-11": Meaning("InputError", "A preset gives answers that cannot be.", "mend it in the setting `presets`"),
    "GRD-12": Meaning("InputError", "A key is given twice, or cannot be given.", "choose another in the setting `keys`"),
    "GRD-13": Meaning("Refused", "An act needs a second person, and both are the same.", "let somebody else do it, from an account of their own"),
    "GRD-14": Meaning("Refused", "An item has no grade of its own to settle: it was confirmed to be like another.", "settle the item that it is like, or take the confirmation back and read it"),
    "GRD-15": Meaning("InputError", "A rule of the queue or of second readings cannot be used.", "mend it in the settings; docs/how-to/order-the-queue.md shows each key"),
    "GRD-16": Meaning("InputError", "What is told of a view cannot be.", "load the page again; if it stays, compare the clocks of both machines"),
    "GRD-17": Meaning("Refused", "An item is looked at as decided that has no grade of record, or whose readings differ.", "take it from the queue or settle it, or wait until that is done"),
    "GRD-18": Meaning("InputError", "A segment of a clip cannot be.", "mark it again, within the clip, so that it ends after it begins; or take it away"),
    "GRD-19": Meaning("InputError", "A segment of a clip says what is said of no child.", "answer the child's activity with it too, or take the label from the segment"),
}
