"""The phone page's files: whole, of one version, in a language that an old Android speaks."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from app.phone import shell as shells

MODULES = sorted(shells.STATIC.glob("*.js"))
TOO_NEW = {  # since which Chromium; the oldest we serve is 80
    r"\?\?=|\|\|=|&&=": 85,
    r"^\s*(static\s+)?#\w+": 74,  # private methods came with 84 only
    r"\.replaceAll\(": 85,
    r"\.at\(-": 92,
    r"\bstructuredClone\(": 98,
    r"Promise\.any\(": 85,
    r"Object\.hasOwn\(": 93,
    r"\.findLast\(": 97,
    r"\.toSorted\(|\.toReversed\(": 110,
    r"^await ": 89,
    r"crypto\.randomUUID": 92,
    r"AbortSignal\.timeout": 103,
    r"\.replaceChildren\(": 86,
}
TOO_NEW_CSS = r"\binset:|aspect-ratio:|:is\(|:where\(|:has\(|\bdvh\b|color-mix|@layer"


@pytest.fixture(scope="module")
def shell() -> shells.Shell:
    return shells.shell()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_it_speaks_what_chromium_80_speaks(path: Path) -> None:
    code = "\n".join(line for line in path.read_text().splitlines() if not line.lstrip().startswith("//"))
    assert [new for new in TOO_NEW if re.search(new, code, re.MULTILINE)] == []


def test_every_import_is_of_the_same_version(shell: shells.Shell) -> None:
    for name, content in shell.files.items():
        if name.endswith(".js") and "/" not in name:
            for wanted in re.findall(r"from '(.+?)'", content.decode()):
                assert wanted.removeprefix("./") in shell.files, (name, wanted)


def test_page_and_worker_name_the_version_and_nothing_elsewhere(shell: shells.Shell) -> None:
    page, worker = shell.page.decode(), shell.worker.decode()
    addresses = re.findall(r'(?:src|href)="(.+?)"', page)
    assert len(addresses) >= 6
    for address in addresses:
        assert address in [*shell.addresses, "/phone/manifest.webmanifest"], address
    kept = json.loads(re.search(r"FILES = (\[.*\]);", worker).group(1))
    assert kept == shell.addresses
    assert "{mark}" not in page + worker
    assert "<script>" not in page
    assert " style=" not in page


def test_any_change_is_another_version(tmp_path: Path) -> None:
    for path in shells.STATIC.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    same = shells.read(tmp_path, shells.VENDOR)
    assert same.mark == shells.shell().mark
    (tmp_path / "words.js").write_bytes((tmp_path / "words.js").read_bytes() + b"\n")
    changed = shells.read(tmp_path, shells.VENDOR)
    assert changed.mark != same.mark
    assert changed.worker != same.worker


def test_words_are_there_in_both_languages_and_none_is_unsaid() -> None:
    source = (shells.STATIC / "words.js").read_text()
    told = dict(re.findall(r"^  (\w+): \['(.*?)', '", source, re.MULTILINE))
    used = set()
    for path in MODULES:
        if path.name != "words.js":
            used |= set(re.findall(r"(?<![.\w])(?:t|both)\('(\w+)'", path.read_text()))
    assert used - set(told) == set()
    assert not any("打卡" in said or "排名" in said for said in told.values())


def test_styles_need_no_newer_browser_for_anything_that_matters() -> None:
    css = (shells.STATIC / "phone.css").read_text()
    assert re.findall(TOO_NEW_CSS, css) == []


def luminance(colour: str) -> float:
    """Relative luminance by WCAG 2."""
    digits = colour if len(colour) == 6 else "".join(2 * c for c in colour)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_colours_hold_in_sunlight() -> None:
    """Text has at least 7 : 1 (WCAG AAA) against what it stands on."""
    css = (shells.STATIC / "phone.css").read_text()
    colour = dict(re.findall(r"--(\w+): #([0-9a-f]{3,6})", css))
    pairs = [
        ("ink", "paper"), ("quiet", "paper"), ("blue", "paper"), ("green", "paper"), ("red", "paper"), ("ink", "amber"),
        ("ink", "soft"), ("grey", "paper"),
    ]  # fmt: skip
    for text, ground in pairs:
        dark, light = sorted((luminance(colour[text]), luminance(colour[ground])))
        assert (light + 0.05) / (dark + 0.05) >= 7, (text, ground)
