"""The patch engine: turns bytes and diffs into bytes and hunks. Knows no disk, no clock and no network."""
