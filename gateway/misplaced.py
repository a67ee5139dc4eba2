"""What people write after a command that has no place for it: the error says where it belongs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from typer._click.core import Command, Context

_FOR_FILES: Final = ("--site", "--settings")
_FOR_WORDS: Final = ("--device", "--team", "--for")
"""The options that a file or a word may be meant for, the likelier first."""


class OptionsOnly(TyperCommand):
    """A command without arguments."""

    def parse_args(self, ctx: Context, args: list[str]) -> list[str]:
        """Parse the options; where a word is left over, fail and name the option that it belongs to."""
        ctx.allow_extra_args = True
        left = super().parse_args(ctx, args)
        if left and not ctx.resilient_parsing:
            ctx.fail(f"{ctx.command_path} takes no argument{self._option_for(left[0])}")
        return left

    def _option_for(self, word: str) -> str:
        options = {name for parameter in self.params for name in parameter.opts}
        wanted = _FOR_FILES if Path(word).suffix in (".yaml", ".yml") else _FOR_WORDS
        return next((f": write {each} {word}" for each in wanted if each in options), ", only options")


class ShowsByNumber(TyperGroup):
    """A command that lists what `show` shows one of; a number in the place of a command means `show`."""

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command; fail where it is `list` and there is none."""
        if args[0] == "list" and "list" not in self.commands:
            ctx.fail(f"{ctx.command_path} lists by itself: leave out list")
        return super().resolve_command(ctx, ["show", *args] if args[0].isdecimal() else args)
