"""One typed `Settings`, read once by a door: file, then environment, then flags.

The file is `hashgrade.toml` in the station; the environment's names begin with
`HASHGRADE_`. Nothing else in the package reads either.
"""

from collections.abc import Iterator
from datetime import UTC, time, tzinfo
from difflib import get_close_matches
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from hashgrade.errors import InputError
from hashgrade.nouns import Jail

FILE = "hashgrade.toml"


class Limits(BaseModel):
    """How much of an untrusted file or archive is taken before it is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    medium_bytes_max: int = Field(2**31, gt=0, description="bytes of one medium")
    pixels_max: int = Field(100_000_000, gt=0, description="pixels of one still or frame")
    clip_s_max: int = Field(60, gt=0, description="seconds the decoding of one clip may take")
    clip_pixels_max: int = Field(
        10_000_000_000, gt=0, description="pixels of all frames of a clip; of a larger one only key frames are decoded")
    frames_max: int = Field(20_000, gt=0, description="frames that are decoded of one clip or animation")
    zip_members_max: int = Field(100_000, gt=0, description="members of one ZIP")
    zip_bytes_max: int = Field(2**36, gt=0, description="unpacked bytes of one ZIP")
    zip_ratio_max: int = Field(200, gt=0, description="unpacked bytes for each packed byte of a ZIP member")


class Oidc(BaseModel):
    """Who else may say who somebody is. Without an issuer, nobody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field("Single sign-on", description="what the button says")
    issuer: str = Field("", description="address of an OpenID Connect provider; empty, and there is none")
    client_id: str = Field("", description="what the provider knows this workbench by")
    client_secret: str = Field("", description="the secret that goes with it; best given in the environment")


class Serving(BaseModel):
    """How the workbench is served."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="address to listen at")
    port: int = Field(8000, ge=1, le=65535, description="port to listen at")
    hosts: tuple[str, ...] = Field(
        ("localhost", "127.0.0.1"), description="names that browsers may call it by; passkeys belong to one of them")
    tls: bool = Field(default=False, description="whether browsers reach it by TLS, through a proxy")
    threads: int = Field(4, ge=1, le=64, description="requests answered at a time")
    idle_s: int = Field(900, gt=0, description="seconds without a request after which a session is over")
    session_s: int = Field(28_800, gt=0, description="seconds after which a session is over, whatever happens in it")
    step_up_s: int = Field(300, gt=0, description="seconds for which a fresh proof of who one is lasts")
    invitation_s: int = Field(259_200, gt=0, description="seconds for which an invitation holds")
    upload_bytes_max: int = Field(
        2**28, gt=0, description="bytes of a file that is uploaded to be matched; it is held in memory meanwhile")
    oidc: Oidc = Field(Oidc(), description="sign-on by an OpenID Connect provider")


class QueueRule(BaseModel):
    """A rule of the queue, as the settings give it; `store.due` reads its condition."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="what the rule is called, on cards and in links")
    when: Any = Field(description="a condition over kind, known, first_seen, site_type, list, source and stack")
    points: int = Field(description="points that a card gets of which it is true")
    why: str = Field(description="the reason, shown with the rule")


class QueueFilter(BaseModel):
    """Cards of the queue under a name: a link for everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(description="what the link says", min_length=1, max_length=60)
    kind: Literal["", "image", "video", "other"] = Field("", description="cards of this kind; empty for all")
    rule: str = Field("", description="cards whose leading rule this is; empty for all")
    stage: Literal["read", "supervisor"] = Field("read", description="to be read, or waiting for a supervisor")


class Pace(BaseModel):
    """Limits on exposure; 0 is none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    revealed_s: int = Field(14_400, ge=0, description="seconds a day with material in view; 0 for no limit")
    items: int = Field(0, ge=0, description="items a day; 0 for no limit")
    severe_s: dict[str, int] = Field({}, description="seconds a day with material of a severity in view, by its name")
    break_after_min: int = Field(50, ge=0, description="minutes of work after which a break is due; 0 for none")
    break_min: int = Field(10, ge=1, description="minutes of a break")
    cut_off: time | None = Field(None, description="time of day after which nothing more is shown, such as 17:30")
    neutral: bool = Field(False, description="a screen without an item after each card, until the next is asked for")
    warn_percent: int = Field(80, ge=1, le=100, description="percent of a limit from which on it is told")
    time_zone: str = Field("UTC", description="where the day begins at midnight, such as `Europe/London`")

    @field_validator("time_zone")
    @classmethod
    def _there_is(cls, value: str) -> str:
        _ = zone(value)
        return value


def zone(name: str) -> tzinfo:
    """The time zone of a name; UTC needs no tables, which a small machine may lack.

    Raises:
        ValueError: There is none of this name here.
    """
    try:
        return UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"there is no time zone `{name}` on this machine") from None


class SecondReading(BaseModel):
    """Which items a second person reads; with the defaults, every one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    share: float = Field(1.0, ge=0, le=1, description="share of all items, drawn by digest; 1 is every item")
    seed: str = Field("", description="what the share is drawn with; known to whoever may read the settings")
    outcomes: tuple[str, ...] = Field((), description="verdicts that ask for one, as `PACK:OUTCOME`")
    ages: tuple[int, ...] = Field((14, 18), description="edges in completed years at which ages ask for one")
    undecided: bool = Field(True, description="whether an undecided verdict asks for one")
    new_reader_items: int = Field(200, ge=0, description="items of a new reader that are all read again")


class Settings(BaseSettings):
    """What an operator may choose. Each field is documented in docs/reference/settings.md."""

    model_config = SettingsConfigDict(env_prefix="HASHGRADE_", env_nested_delimiter="__", frozen=True, extra="forbid")

    station: Path = Field(Path("station"), description="folder that holds records, vault, keys and lists")
    packs: Annotated[tuple[str, ...], NoDecode] = Field(
        ("uk-ew", "uk-ew-prohibited", "us-industry", "interpol-baseline"),
        description="the packs in use: names, or folders that hold a `pack.yaml`; of each, the text in force judges")
    readings_wanted: int = Field(2, ge=1, le=9, description="independent readings that make a grade of record")
    near_bits: int = Field(31, ge=0, le=31, description="largest PDQ distance at which two items resemble each other")
    quality_min: int = Field(50, ge=0, le=100, description="PDQ quality below which a code resembles nothing")
    lease_s: int = Field(900, gt=0, description="seconds for which a taken item is one reader's")
    queue_rules: tuple[QueueRule, ...] = Field((), description="rules that put cards before others")
    queue_filters: tuple[QueueFilter, ...] = Field((), description="filters that stand as links above the queue")
    seconds_a_point: int = Field(3600, gt=0, description="seconds by which a point of a rule brings a card forward")
    gather_s: int = Field(
        0, ge=0, description="seconds for which a new item without points waits for near-duplicates; 0 for none")
    skips_max: int = Field(3, ge=1, description="readers who may skip an item before it waits for a supervisor")
    second_reading: SecondReading = Field(SecondReading(), description="which items a second person reads")
    gold_share: float = Field(
        0.0, ge=0, le=0.2, description="share of cards that are items settled before, dealt to see how readers agree")
    pace: Pace = Field(Pace(), description="limits on exposure")
    profile: tuple[str, ...] = Field(
        ("sex", "origin", "capture"), description="facts asked of every item for studies, whatever the law needs")
    presets: dict[str, dict[str, Any]] = Field(
        {}, description="answers that one key gives at once, by name; with `{}` those that come with it")
    keys: dict[str, str] = Field({}, description="keys that differ from the defaults, by act, as `KeyboardEvent.code`")
    workers: int = Field(0, ge=0, description="threads that take media in; 0 is one for each core")
    frames_every_ms: int = Field(250, ge=40, description="milliseconds of a clip from one hashed frame to the next")
    jail_at_least: Jail = Field(
        Jail.FULL, description="weakest jail in which untrusted media may be decoded; the strongest there is is used")
    limits: Limits = Field(Limits(), description="limits on untrusted files")
    serve: Serving = Field(Serving(), description="how the workbench is served")

    @field_validator("packs", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """A string is words with commas between, as it must be in the environment."""
        return [word.strip() for word in value.split(",")] if isinstance(value, str) else value

    @field_validator("packs")
    @classmethod
    def _once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """A pack named twice would be two columns of one name in an edition."""
        twice = next((name for name in value if value.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"`{twice}` is named twice")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags over environment over `hashgrade.toml`."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def read(**flags: Any) -> Settings:
    """Read the settings for the station that the flags or the environment name.

    Raises:
        InputError: SET-01, there is no such setting, or a value is not one it can have.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    folder = Path()
    try:
        folder = Settings(**given).station
        return _of_station(folder)(**given)
    except ValidationError as error:
        raise _refusal(error.errors()[0]) from None
    except (TOMLDecodeError, UnicodeDecodeError, SettingsError) as error:
        raise InputError("SET-01", f"the settings cannot be read: {error}", where=str(folder / FILE)) from None


def _refusal(first: ErrorDetails) -> InputError:
    name = ".".join(map(str, first["loc"]))
    if first["type"] != "extra_forbidden":
        what = first["msg"].removeprefix("Value error, ")
        return InputError("SET-01", f"setting `{name}`: {what}, got `{first['input']}`")
    near = get_close_matches(name, [*_names(Settings)], 1)
    return InputError("SET-01", f"there is no setting `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))


def _names(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield f"{prefix}{name}"
        if isinstance(field.default, BaseModel):
            yield from _names(type(field.default), f"{prefix}{name}.")


def _of_station(folder: Path) -> type[Settings]:
    class OfStation(Settings):
        model_config = SettingsConfigDict(toml_file=folder / FILE)

    return OfStation
