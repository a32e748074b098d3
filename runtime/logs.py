"""What roles log: one line an entry, as text or as JSON, with the time in UTC."""

from __future__ import annotations

import logging

import structlog
from structlog.stdlib import ProcessorFormatter
from structlog.types import EventDict, Processor, WrappedLogger

from runtime.settings import Settings

OURS = ("citywatch", "runtime", "figures", "streams", "sinks", "sources")
DRIVERS = ("kafka", "aiokafka")


def configure(settings: Settings, role: str) -> None:
    """Sends all that is logged in this process to stderr, in the form and from the level that are set.

    Libraries are heard from `warning` on, at most; of the drivers what matters is raised, in one line.
    """
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    handler = logging.StreamHandler()
    handler.setFormatter(_formatter(settings, role))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    for drivers in DRIVERS:
        logging.getLogger(drivers).setLevel(logging.CRITICAL)
    for ours in OURS:
        logging.getLogger(ours).setLevel(level)


def _formatter(settings: Settings, role: str) -> logging.Formatter:
    def of_role(_: WrappedLogger, __: str, entry: EventDict) -> EventDict:
        return {"timestamp": entry.pop("timestamp"), "level": entry.pop("level"), "role": role, **entry}

    to_line: Processor = structlog.processors.JSONRenderer(ensure_ascii=False)
    return ProcessorFormatter(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.EventRenamer("message"),
            of_role,
            to_line if settings.log_format == "json" else _text,
        ]
    )


def _text(_: WrappedLogger, __: str, entry: EventDict) -> str:
    line = f"{entry['timestamp']} {entry['role']} {entry['level'].upper()} {entry['message']}"
    return f"{line}\n{entry['exception']}" if "exception" in entry else line
