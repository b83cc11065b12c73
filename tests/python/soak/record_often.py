"""Record as ``liqheat record`` does, but save several times a second, so that kills come while it saves."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from threading import Event

from liquidation_heatmap.network.record import record

stop = Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
record(["BTCUSDT"], Path(sys.argv[1]), sys.argv[2], stop, save_seconds=0.2)
