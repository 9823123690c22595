"""One typed `Settings`, read once by a door: file, then environment, then flags.

The file is `hashgrade.toml` in the station; the environment's names begin with
`HASHGRADE_`. Nothing else in the package reads either.
"""

from difflib import get_close_matches
from pathlib import Path
from tomllib import TOMLDecodeError
from typing import Annotated, Any

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
    workers: int = Field(0, ge=0, description="threads that take media in; 0 is one for each core")
    frames_every_ms: int = Field(250, ge=40, description="milliseconds of a clip from one hashed frame to the next")
    jail_at_least: Jail = Field(
        Jail.FULL, description="weakest jail in which untrusted media may be decoded; the strongest there is is used")
    limits: Limits = Field(Limits(), description="limits on untrusted files")

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
    near = get_close_matches(name, [*Settings.model_fields, *(f"limits.{one}" for one in Limits.model_fields)], 1)
    return InputError("SET-01", f"there is no setting `{name}`" + (f"; did you mean `{near[0]}`?" if near else ""))


def _of_station(folder: Path) -> type[Settings]:
    class OfStation(Settings):
        model_config = SettingsConfigDict(toml_file=folder / FILE)

    return OfStation
