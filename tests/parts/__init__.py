"""The real servers that the tests run against."""

from tests.parts.kafka import KafkaBroker
from tests.parts.tansu import TansuBroker

__all__ = ["Broker", "KafkaBroker", "TansuBroker"]

Broker = KafkaBroker | TansuBroker
