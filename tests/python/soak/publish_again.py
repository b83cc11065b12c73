"""Publish the marts of a working file as a build of this moment, as the last node of a build does."""

from __future__ import annotations

import sys

import duckdb

from liquidation_heatmap.publish import publish
from liquidation_heatmap.settings import load_settings

with duckdb.connect(sys.argv[1]) as session:
    session.execute("update marts.health set built_at = now()::timestamp, not_for_readers_because = null")
    [(invocation_id,)] = session.execute("select invocation_id from marts.health").fetchall()
    names = session.execute("select table_name from information_schema.tables where table_schema = 'marts'").fetchall()
    marts = {name: session.sql(f"from marts.{name}") for (name,) in names}
    publish(session, marts, load_settings().published, invocation_id)
