"""Draws docs/images/demo.svg: a run of the demo as a terminal shows it.

python docs/images/draw_demo.py
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

HERE = Path(__file__).parent
WIDTH = 128
COMMAND = ("demo", "--for", "22s")


def main() -> None:
    """Run the demo and draw its output."""
    shown = subprocess.run(
        [sys.executable, "-m", "gateway", *COMMAND],
        cwd=HERE.parents[1],
        env={**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": str(WIDTH)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    console = Console(record=True, width=WIDTH, file=io.StringIO(), highlight=False)
    console.print(Text.assemble(("$ ", "green"), " ".join(("facility-gateway", *COMMAND))))
    console.print(Text.from_ansi(shown.rstrip()))
    picture = console.export_svg(title="facility-gateway", theme=MONOKAI)
    # A picture in a repository is shown with the fonts that the reader has.
    picture = re.sub(r"@font-face \{.*?\}\n", "", picture, flags=re.DOTALL)
    picture = picture.replace("Fira Code", "Menlo, Consolas, DejaVu Sans Mono").rstrip() + "\n"
    (HERE / "demo.svg").write_text("\n".join(line.rstrip() for line in picture.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
