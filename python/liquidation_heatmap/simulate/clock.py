"""The simulated market's time: whole milliseconds since the first simulated midnight, that of the warm-up."""

from __future__ import annotations

SAMPLE_MS = 5_000
MINUTE_MS = 60_000
BAR_MS = 300_000
DAY_MS = 86_400_000

SAMPLES_PER_MINUTE = MINUTE_MS // SAMPLE_MS
MINUTES_PER_BAR = BAR_MS // MINUTE_MS
MINUTES_PER_DAY = DAY_MS // MINUTE_MS
BARS_PER_DAY = DAY_MS // BAR_MS
