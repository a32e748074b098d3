"""What asks for a real part is seen to, however it gets there; what only speaks of one is not."""

from __future__ import annotations

from types import ModuleType

import pytest

from tests.asked import reaches_parts


def sample(text: str) -> ModuleType:
    module = ModuleType("tests.sample")
    exec(text, vars(module))
    return module


@pytest.mark.parametrize(
    "text",
    [
        "from tests.parts.kafka import KafkaBroker\ndef test(): KafkaBroker('.')",
        "from tests.parts import kafka\ndef test(): kafka.KafkaBroker('.')",
        "from tests.parts.tansu import TansuBroker\ndef start(): TansuBroker('.')\ndef test(): start()",
        "from tests.parts.tansu import TansuBroker\ndef test():\n def inner(): TansuBroker('.')",
        "from tests.deployment import Deployment\nclass Made(Deployment): pass\ndef test(): Made()",
        "from sinks.chdb_store import Chdb\nclass Filled:\n def open(self): Chdb('.')\ndef test(): Filled()",
        "from sinks.chdb_store import Chdb\nclass Filled:\n @property\n def store(self): return Chdb('.')\n"
        "def test(): Filled().store",
        "from sinks.chdb_store import Chdb\nclass Base:\n @classmethod\n def open(cls): Chdb('.')\n"
        "class Filled(Base): pass\ndef test(): Filled.open()",
        "import subprocess\nfrom citywatch.local_deployment import command\ndef test(): subprocess.run(command('up'))",
        "from pathlib import Path\nimport sys\nEXE = Path(sys.executable).with_name('citywatch')\ndef test(): EXE",
        "SCRIPT = 'from sinks.chdb_store import Chdb'\ndef test(): SCRIPT",
        "from tests.parts.need import Tmux, need\ndef test(): need(Tmux)",
        "def test(request): request.getfixturevalue('kafka')",
        "from functools import wraps\nfrom sinks.chdb_store import Chdb\ndef plain(): Chdb('.')\n"
        "@wraps(plain)\ndef test(): pass",
    ],
)
def test_a_part_is_found(text: str) -> None:
    assert reaches_parts(sample(text).test)


@pytest.mark.parametrize(
    "text",
    [
        "from tests.parts.kafka import KafkaBroker\ndef other(): KafkaBroker('.')\ndef test(): pass",
        "from tests.parts.kafka import KafkaBroker\ndef test(): \n '''Not even a KafkaBroker.'''",
        "from runtime.settings import load_settings\ndef test(): load_settings()",
        "def even(n): return n == 0 or odd(n - 1)\ndef odd(n): return n != 0 and even(n - 1)\ndef test(): even(3)",
    ],
)
def test_what_names_none_asks_for_none(text: str) -> None:
    assert not reaches_parts(sample(text).test)
