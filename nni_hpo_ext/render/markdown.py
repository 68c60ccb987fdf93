"""Render sections as Markdown, for papers and notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nni_hpo_ext.render.page import Code, Section, Table

__all__ = ["markdown"]

# Characters with a meaning in Markdown or in HTML within it.
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "\\`*_{}[]<>#|~$"} | {"\n": " ", "\r": " "})


def markdown(title: str, subtitle: str, sections: Sequence[Section], footer: str) -> str:
    """Return a report as Markdown.

    Examples
    --------
    >>> from nni_hpo_ext.render.page import Section
    >>> section = Section("a", "A", "Results", text=["Accuracy is 0.9."])
    >>> print(markdown("Report", "of today", [section], "The end."))
    # Report
    <BLANKLINE>
    of today
    <BLANKLINE>
    ## Results
    <BLANKLINE>
    Accuracy is 0.9.
    <BLANKLINE>
    The end.
    <BLANKLINE>
    """
    blocks = [f"# {_plain(title)}", _plain(subtitle)]
    for section in sections:
        if section.trials:  # an interactive table
            continue
        blocks.append(f"## {_plain(section.title)}")
        if section.statements:
            said = (f"- **{_plain(s.question)}**: {_plain(s.text)}" for s in section.statements)
            blocks.append("\n".join(said))
        blocks += map(_plain, section.text)
        if section.cards:
            blocks.append(
                "\n".join(
                    f"- {_plain(c.title)}: **{_plain(c.value)}** ({_plain(c.note)})"
                    for c in section.cards
                )
            )
        for table in section.tables:
            blocks += _table(table)
        for code in section.codes:
            blocks += _code(code)
    return "\n\n".join([*blocks, _plain(footer)]) + "\n"


def _plain(text: str) -> str:
    return text.translate(_SPECIAL)


def _table(table: Table) -> Iterator[str]:
    yield f"**{_plain(table.title)}**"
    lines = [
        [_plain(c.title) for c in table.columns],
        ["---:" if c.number else "---" for c in table.columns],
        *([_plain(cell) for cell in row.cells] for row in table.rows),
    ]
    yield "\n".join(f"| {' | '.join(line)} |" for line in lines)
    if table.note:
        yield _plain(table.note)


def _code(code: Code) -> Iterator[str]:
    yield _plain(code.title)
    fence = "`" * 3
    while fence in code.text:
        fence += "`"
    yield f"{fence}{code.language}\n{code.text.rstrip()}\n{fence}"
