"""The command line: everything under ``flask portal``."""

import click
from flask import Flask
from flask.cli import AppGroup


class PortalGroup(AppGroup):
    """The commands of the portal, imported when one is asked for: no web process needs them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        self._fill()
        return super().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of this name, if there is one."""
        self._fill()
        return super().get_command(ctx, cmd_name)

    def _fill(self) -> None:
        from app.cli import accounts, doctor, keys, setup, work

        for module in (setup, accounts, work, keys, doctor):
            for command in module.COMMANDS:
                self.add_command(command)


def register(portal: Flask) -> None:
    """Give ``portal`` its commands."""
    portal.cli.add_command(PortalGroup("portal", help="Set up, fill and look after the portal."))
