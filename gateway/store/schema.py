"""The tables of the operational store; each is defined in the package of its part. Times are microseconds since the
epoch, UTC."""

from __future__ import annotations

from sqlalchemy import MetaData

metadata = MetaData()
