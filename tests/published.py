"""Compares the findings of a study with figures that were published, one by one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

FOLDER = Path(__file__).parent / "golden" / "published"
OF_TABLE = ("base", "unit", "multi_response")


def figures(name: str) -> dict[str, Any]:
    """The published figures of one study."""
    found: dict[str, Any] = YAML(typ="safe").load(FOLDER / f"{name}.yaml")
    return found


def differences(findings: Mapping[str, Any], published: Mapping[str, Any]) -> list[str]:
    """Every published figure that the findings do not print exactly, in words."""
    sample = published.get("sample", {})
    wanted = {"total": published["total"], "unit": published["unit"]}
    found = {name: findings.get(name) for name in wanted}
    told = [f"{name} is {found[name]}, not {value}" for name, value in wanted.items() if found[name] != value]
    if sample and {key: findings["sample"][key] for key in ("size", "strata")} != {
            "size": sample["size"], "strata": sample["strata"]}:
        told.append("the sample has another size or other strata")
    tables = {**published["tables"], **{f"sample_{key}": table for key, table in sample.get("tables", {}).items()}}
    found_tables = findings["tables"]
    return told + [f"{name}: {said}" for name, table in tables.items() for said in _of_table(found_tables[name], table)]


def compared(published: Mapping[str, Any]) -> int:
    """How many figures of tables are compared."""
    tables = [*published["tables"].values(), *published.get("sample", {}).get("tables", {}).values()]
    return sum(len(_each(value)) for table in tables for value in table.values())


def _of_table(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[str]:
    rows = {row["key"]: row for row in found["rows"]}
    for key, value in wanted.items():
        if key in OF_TABLE:
            if found[key] != value:
                yield f"{key} is {found[key]}, not {value}"
            continue
        for one in _each(value):
            printed = rows[key]["count" if isinstance(one, int) else "percent"]
            if printed != one:
                yield f"{key} is {printed}, not {one}"


def _each(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
