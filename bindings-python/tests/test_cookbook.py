"""The programs of the cookbook, as the page shows them, print the figures that it shows."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from conftest import ROOT

PAGE = (ROOT / "examples/cookbook/README.md").read_text()
SECTIONS = {section.partition("\n")[0]: section for section in PAGE.split("\n## ")[1:]}
PROGRAMS = {title: re.findall(r"```python\n(.*?)```", section, re.DOTALL) for title, section in SECTIONS.items()}
SHOWN = {title: re.findall(r"```text\n(.*?)```", section, re.DOTALL) for title, section in SECTIONS.items()}
QUESTIONS = [title for title, programs in PROGRAMS.items() if programs]


def without_zeros(text: str) -> str:
    """The text without zeros at the end of decimals, as the page shows them. Percentages have one decimal."""
    return re.sub(r"(\d\.\d*?)0+\b(?!%)", lambda found: found[1].rstrip("."), text)


@pytest.mark.parametrize(
    ("title", "program"),
    [(title, program) for title in QUESTIONS for program in PROGRAMS[title]],
    ids=[f"{title}-{number}".replace(" ", "-") for title in QUESTIONS for number in range(len(PROGRAMS[title]))],
)
def test_a_program_prints_what_the_page_shows(title: str, program: str) -> None:
    # In another time zone than that of the report, in which days and months begin at other times.
    variables = {**os.environ, "TZ": "America/New_York"}
    command = [sys.executable, "-W", "ignore", "-c", program]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=variables)
    assert done.stderr == ""
    assert [without_zeros(done.stdout)] == SHOWN[title]


@pytest.mark.parametrize("title", QUESTIONS)
def test_each_question_has_programs_that_check_the_read(title: str) -> None:
    programs = re.findall(r"```(?:python|js|rust)\n(.*?)```", SECTIONS[title], re.DOTALL)
    for library in ("import polars", "import duckdb", "from 'outlay'"):
        assert any(library in program for program in programs), library
    for program in programs:
        # Before the first line of output.
        assert re.search(r"\.check\(\).*?print|\.check\(\).*?console\.log", program, re.DOTALL)
        assert not re.search(r"print.*\.check\(\)|console\.log.*\.check\(\)", program, re.DOTALL)


def test_the_page_lists_its_sections() -> None:
    listed = re.findall(r"\[([^]]+)]\(#([a-z-]+)\)", PAGE.partition("\n## ")[0])
    assert {title for title, _ in listed} == set(SECTIONS)
    assert all(anchor == title.lower().replace(" ", "-") for title, anchor in listed)
