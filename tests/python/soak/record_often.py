"""Record as ``liqheat record`` does, but save several times a second, so that a kill meets a saving."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

from liquidation_heatmap.network.record import record

record(["BTCUSDT"], Path(sys.argv[1]), sys.argv[2], Event(), save_seconds=0.2)
