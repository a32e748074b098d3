"""The live figures of `analyse`: cells rolled up in memory, shown as gauges and as JSON."""
