"""Refused records: as the store keeps them, as the log still has them, and put back once their cause is mended."""
