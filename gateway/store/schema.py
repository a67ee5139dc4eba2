"""The tables of the operational store, each defined beside the part that owns it. Times are microseconds since the
epoch, UTC."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
