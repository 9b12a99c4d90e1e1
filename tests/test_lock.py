"""The set of versions that was tested together pins what the project asks for, all of it and nothing else."""

from __future__ import annotations

import tomllib
from itertools import chain
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

PROJECT = Path(__file__).resolve().parents[1]


def test_the_lock_is_of_these_requirements() -> None:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    locked = tomllib.loads((PROJECT / "uv.lock").read_text("utf-8"))["package"]
    (own,) = [package for package in locked if package["name"] == project["name"]]
    texts = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    asked = {(one.name, one.specifier) for one in map(Requirement, texts) if one.name != project["name"]}
    recorded = {
        (one["name"], SpecifierSet(one.get("specifier", "")))
        for one in own["metadata"]["requires-dist"]
        if one["name"] != project["name"]
    }
    assert recorded == asked, "run 'uv lock'"
    versions = {package["name"]: package["version"] for package in locked}
    assert all(specifier.contains(versions[name]) for name, specifier in asked)
