"""The real parts as fixtures. A server runs once a session; what a test sees of it is empty at its start."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis

from runtime.settings import Settings
from tests.asked import asks_for_parts
from tests.deployment import Deployment
from tests.deployments import KINDS, deployment_of
from tests.migrated import TEMPORARY
from tests.parts import Broker
from tests.parts.alertmanager import Alertmanager
from tests.parts.clean import emptied_after
from tests.parts.clickhouse import ClickHouseServer
from tests.parts.kafka import KafkaBroker
from tests.parts.need import is_ci, missing_parts, need
from tests.parts.prometheus import Prometheus
from tests.parts.tansu import TansuBroker

# What a machine is slow at while others use it says nothing of a property.
hypothesis.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.load_profile("shared-machine")

SEED = "seed"
"""The property that a test records (`record_property`) of what it drew, and from which seed."""


MEMORY = Path("/dev/shm")
MEMORY_NEEDED = 8 * 1024**3


def pytest_configure() -> None:
    """Servers make and delete files by the thousand: in memory, where that is large, for half the processor time."""
    if TEMPORARY not in os.environ and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_NEEDED:
        os.environ[TEMPORARY] = str(MEMORY)
    gc.disable()  # while modules and tests are read nothing becomes garbage, and to look for it is a seventh of it


def pytest_collection_finish() -> None:
    gc.enable()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith("CITYWATCH_"):
            monkeypatch.delenv(name)
    monkeypatch.setitem(Settings.model_config, "env_file", None)


@pytest.fixture(autouse=True)
def _no_part_that_was_not_asked_for(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Holds the marker `parts`: what starts one without it would start it in `make quick`."""
    if request.node.get_closest_marker("parts"):
        return

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("a real part is started by a test that was not seen to ask for one: see tests/asked.py")

    # as texts: whoever names a part asks for it
    for part in ("tests.parts.server.Server.launch", "tests.parts.tansu.TansuBroker.start"):
        monkeypatch.setattr(part, refuse)
    monkeypatch.setattr("sinks.chdb_store.Chdb.__init__", refuse)


@pytest.fixture(scope="session")
def kafka_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    """Apache Kafka, running for the whole session. Tests take `kafka`."""
    need(KafkaBroker)
    with KafkaBroker(tmp_path_factory.mktemp("kafka")) as broker:
        yield broker


@pytest.fixture
def kafka(kafka_broker: KafkaBroker) -> Iterator[KafkaBroker]:
    """Apache Kafka without topics. After the test no committed position may be without its note."""
    with emptied_after(kafka_broker):
        yield kafka_broker


@pytest.fixture
def tansu(tmp_path: Path) -> Iterator[TansuBroker]:
    """The embedded broker, new for this test."""
    with TansuBroker(tmp_path) as broker:
        yield broker


@pytest.fixture(params=["tansu", "kafka"])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Both brokers in turn; `.bootstrap` is their address and `.kind` their name."""
    found: Broker = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def clickhouse_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseServer]:
    """clickhouse-server, running for the whole session. Tests take `clickhouse_url`, or it to stop it."""
    need(ClickHouseServer)
    with ClickHouseServer(tmp_path_factory.mktemp("clickhouse")) as server:
        yield server


@pytest.fixture
def clickhouse_url(clickhouse_server: ClickHouseServer) -> Iterator[str]:
    """An empty database of a real server, as CITYWATCH_CLICKHOUSE takes it."""
    if not clickhouse_server.running:
        clickhouse_server.start()
    with clickhouse_server.fresh_database() as url:
        yield url


@pytest.fixture
def chdb_url(tmp_path: Path) -> str:
    """A folder for the embedded store, as CITYWATCH_CLICKHOUSE takes it."""
    return f"chdb://{tmp_path / 'chdb'}"


@pytest.fixture(params=["chdb", "clickhouse"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Both stores in turn, empty."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def start_prometheus(tmp_path: Path) -> Iterator[Callable[[str], Prometheus]]:
    """Starts a Prometheus with a configuration text; it is stopped after the test."""
    need(Prometheus)
    with ExitStack() as running:
        yield lambda config: running.enter_context(Prometheus(tmp_path / "prometheus", config))


@pytest.fixture
def start_alertmanager(tmp_path: Path) -> Iterator[Callable[[str], Alertmanager]]:
    """Starts an Alertmanager with a configuration text; it is stopped after the test."""
    need(Alertmanager)
    with ExitStack() as running:
        yield lambda config: running.enter_context(Alertmanager(tmp_path / "alertmanager", config))


@pytest.fixture(params=KINDS)
def deployment(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment without roles on each kind of parts, for this test alone."""
    with deployment_of(request.param, request, tmp_path) as found:
        yield found


@pytest.fixture
def real(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Deployment]:
    """A deployment without roles on Apache Kafka and clickhouse-server, for this test alone."""
    with deployment_of("real", request, tmp_path) as found:
        yield found


LONGEST_FIRST = ("faults", "end_to_end", "deploy", "upgrade", "commands", "sinks", "streams")
"""Folders of tests in whole minutes: begun late, one of them would keep a single worker busy at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order in which files are given out; within a file nothing moves. And which tests need a real part."""
    here = Path(__file__).parent

    def rank(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)

    items.sort(key=rank)
    for item in items:
        if asks_for_parts(item):
            item.add_marker("parts")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CI=true a missing part is a failure, also where no test of this run asked for it; not where parts are left
    out on purpose."""
    if "not parts" in session.config.option.markexpr:
        return
    if is_ci() and missing_parts() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names the parts that this machine lacks, and what was drawn from which seed, also where it passed."""
    if missing := missing_parts():
        terminalreporter.section("missing parts")
        for line in missing:
            terminalreporter.line(line)
    reports = [report for outcome in ("passed", "failed") for report in terminalreporter.getreports(outcome)]
    if drawn := [(each.nodeid, said) for each in reports for name, said in each.user_properties if name == SEED]:
        terminalreporter.section("seeds")
        for test, said in drawn:
            terminalreporter.line(f"{test}: {said}")
