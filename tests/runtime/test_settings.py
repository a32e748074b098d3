"""Settings come from the environment and from `.env`, and what is not one is refused."""

from __future__ import annotations

import ssl
from datetime import date
from pathlib import Path

import pytest

from citywatch.cli import call
from citywatch.demonstration.stage import Stage
from citywatch.local_deployment import local_deployment
from runtime.embedded import free_port, start_tansu, stop
from runtime.errors import WrongUse
from runtime.kafka import admin, aiokafka_options, client_options
from runtime.settings import KAFKA_SECURITY, Settings, kafka_variable, load_settings

TODAY = date(2026, 11, 30)
AUTHORITY = """\
-----BEGIN CERTIFICATE-----
MIIBkzCCATmgAwIBAgIUX5upXmzQQwbmqWZ2rPPB7oYcgwowCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTYXV0aG9yaXR5IG9mIGEgdGVzdDAgFw0yNjExMjcxODQ5MDda
GA8yMTI2MTEwMzE4NDkwN1owHjEcMBoGA1UEAwwTYXV0aG9yaXR5IG9mIGEgdGVz
dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABC+d0adm4f/8IilvwbF7nHLbkLw3
qQQ11jatjmBEbmMtorfJy8mIEVXw3yU9pr+pHrwkupsS8ioVJ04aatbw21ajUzBR
MB0GA1UdDgQWBBRpxfUJqaGwL0EOFnoMSPXD1E9PVDAfBgNVHSMEGDAWgBRpxfUJ
qaGwL0EOFnoMSPXD1E9PVDAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gA
MEUCIE23iAQ6KSrwK3THd7S0pFlAM+CQJWs+M6qN5EyCvVzmAiEAyiqg+6xqNcCK
bSHy1L57FXUDc3t22S2ijsb/FbpM1Js=
-----END CERTIFICATE-----
"""
"""A certificate that signs itself; nobody has its key."""

GIVEN = {
    **{name: f"value-of-{name}" for name in KAFKA_SECURITY},
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "SCRAM-SHA-512",
}


@pytest.fixture
def dotenv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `.env` file, which counts as it does for a command that is started beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(Settings.model_config, "env_file", ".env")
    return tmp_path / ".env"


def lines(values: dict[str, str]) -> str:
    return "".join(f"{kafka_variable(name)}={value}\n" for name, value in values.items())


def test_kafka_security_in_dotenv_reaches_every_client(dotenv: Path) -> None:
    dotenv.write_text(f"CITYWATCH_KAFKA=kafka:9092\n{lines(GIVEN)}")
    settings = load_settings()
    assert settings.kafka_security == GIVEN
    shown = {name: value for name, value in GIVEN.items() if not name.startswith("ssl_")}
    assert client_options(settings) == {"bootstrap_servers": ["kafka:9092"], **shown}
    assert aiokafka_options(settings) == {"bootstrap_servers": "kafka:9092", **shown}


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
def test_an_authority_that_is_set_is_the_one_that_every_client_trusts(dotenv: Path, protocol: str) -> None:
    authority = dotenv.with_name("authority.pem")
    authority.write_text(AUTHORITY)
    given = {"security_protocol": protocol, "sasl_mechanism": "PLAIN", "ssl_cafile": str(authority)}
    dotenv.write_text(f"CITYWATCH_KAFKA=kafka:9092\n{lines(given)}")
    settings = load_settings()
    for options in (client_options(settings), aiokafka_options(settings)):
        context = options["ssl_context"]
        assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert [held["subject"] for held in context.get_ca_certs()] == [((("commonName", "authority of a test"),),)]


@pytest.mark.parametrize("content", [None, "not a certificate"])
@pytest.mark.parametrize("name", ["ssl_cafile", "ssl_certfile"])
def test_a_file_of_tls_that_cannot_be_used_is_one_line_and_exit_2(
    dotenv: Path, capfd: pytest.CaptureFixture[str], name: str, content: str | None
) -> None:
    file = dotenv.with_name("file.pem")
    if content is not None:
        file.write_text(content)
    dotenv.write_text(f"CITYWATCH_KAFKA=127.0.0.1:9\n{lines({'security_protocol': 'SSL', name: str(file)})}")
    assert call(["topics"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert kafka_variable(name) in err
    assert str(file) in err


def test_the_environment_wins_over_dotenv_and_an_empty_value_takes_one_away(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text(f"CITYWATCH_LATENESS=60\nCITYWATCH_MAX_AHEAD=60\n{lines(GIVEN)}")
    monkeypatch.setenv("CITYWATCH_LATENESS", "120")
    monkeypatch.setenv("CITYWATCH_KAFKA_SASL_MECHANISM", "PLAIN")
    monkeypatch.setenv("CITYWATCH_KAFKA_SSL_KEYFILE", "")
    settings = load_settings()
    assert (settings.lateness, settings.max_ahead) == (120, 60)
    assert settings.kafka_security == {
        **{name: value for name, value in GIVEN.items() if name != "ssl_keyfile"},
        "sasl_mechanism": "PLAIN",
    }


@pytest.mark.parametrize("place", ["environment", "dotenv"])
@pytest.mark.parametrize("name", ["CITYWATCH_KAFKA_SASL_USERNAME", "CITYWATCH_KAFKA_SECURITY"])
def test_a_kafka_setting_that_does_not_exist_is_one_line_that_names_the_known_ones(
    dotenv: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str, place: str
) -> None:
    if place == "dotenv":
        dotenv.write_text(f"{name}=somebody\n")
    else:
        monkeypatch.setenv(name, "somebody")
    assert call(["topics"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"citywatch: setting {name} does not exist")
    assert all(kafka_variable(known) in err for known in KAFKA_SECURITY)
    assert "somebody" not in err


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("CITYWATCH_LATENES", "CITYWATCH_LATENESS"),
        ("CITYWATCH_CLICK_HOUSE", "CITYWATCH_CLICKHOUSE"),
        ("CITYWATCH_KAFKA_SASL_USERNAME", "CITYWATCH_KAFKA_SASL_PLAIN_USERNAME"),
    ],
)
def test_a_misspelt_setting_is_refused_by_name_with_the_one_that_is_meant(
    dotenv: Path, capfd: pytest.CaptureFixture[str], name: str, meant: str
) -> None:
    dotenv.write_text(f"{name}=5\n")
    assert call(["report"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"citywatch: setting {name} does not exist; did you mean {meant}?")


def test_what_kubernetes_tells_of_services_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("CITYWATCH", "CITYWATCH_KAFKA", "CITYWATCH_METRICS", "CITYWATCH_CLICKHOUSE_READER"):
        for name, value in {
            "SERVICE_HOST": "10.0.0.1",
            "SERVICE_PORT": "9092",
            "SERVICE_PORT_CLIENT": "9092",
            "PORT": "tcp://10.0.0.1:9092",
            "PORT_9092_TCP": "tcp://10.0.0.1:9092",
            "PORT_9092_TCP_PROTO": "tcp",
            "PORT_9092_TCP_PORT": "9092",
            "PORT_9092_TCP_ADDR": "10.0.0.1",
        }.items():
            monkeypatch.setenv(f"{service}_{name}", value)
    assert load_settings() == Settings()
    monkeypatch.setenv("CITYWATCH_KAFKA_PORT", "9092")
    with pytest.raises(WrongUse, match="setting CITYWATCH_KAFKA_PORT does not exist"):
        load_settings()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"security_protocol": "SASLSSL"},
            "CITYWATCH_KAFKA_SECURITY_PROTOCOL: there is no 'SASLSSL'; use PLAINTEXT, SSL",
        ),
        ({"sasl_mechanism": "SCRAM"}, "CITYWATCH_KAFKA_SASL_MECHANISM: there is no 'SCRAM'; use PLAIN, SCRAM-SHA-256"),
        (
            {"security_protocol": "SASL_SSL"},
            "CITYWATCH_KAFKA_SASL_MECHANISM: CITYWATCH_KAFKA_SECURITY_PROTOCOL=SASL_SSL",
        ),
    ],
)
def test_a_protocol_or_mechanism_that_is_none_is_refused_by_name(
    dotenv: Path, capfd: pytest.CaptureFixture[str], given: dict[str, str], said: str
) -> None:
    dotenv.write_text(f"CITYWATCH_KAFKA=127.0.0.1:9\n{lines(given)}")
    assert call(["topics"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith(f"citywatch: setting {said}")


@pytest.mark.parametrize(
    ("store", "said"),
    [
        ("clickhouse://a:secret@host/x?secured=1", "there is no parameter 'secured'; did you mean secure=1?"),
        ("clickhouse://a:secret@host/x?compression=1", "there is no parameter 'compression'; only secure=1"),
        ("clickhouse://a:secret@host/x?secure=yes", "parameter secure is one of 0, 1, true, false"),
        ("clickhouse://a:secret?2@host/x", "write it as %3F"),
        ("chdb:///tmp/x?secure=1", "takes no parameters"),
        ("https://a:secret@host", "is no store; use clickhouse://"),
    ],
)
def test_what_would_be_ignored_of_a_stores_address_is_refused_and_no_password_is_shown(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], store: str, said: str
) -> None:
    monkeypatch.setenv("CITYWATCH_CLICKHOUSE", store)
    assert call(["report"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert err.startswith("citywatch: setting CITYWATCH_CLICKHOUSE: ")
    assert said in err
    assert "secret" not in err


def test_the_embedded_broker_is_asked_without_what_is_set_for_another(
    dotenv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text(lines({"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN"}))
    monkeypatch.setenv("CITYWATCH_KAFKA_SASL_PLAIN_PASSWORD", "secret")
    settings = load_settings(data=tmp_path / "data")
    with local_deployment(settings, lambda _: None):
        with admin(settings) as client:
            assert client.describe_cluster()["brokers"]
        assert aiokafka_options(settings).keys() == {"bootstrap_servers"}


def test_the_embedded_broker_sees_no_setting_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYWATCH_KAFKA_SASL_PLAIN_PASSWORD", "secret")
    broker = start_tansu(free_port(), tmp_path / "broker.log")
    try:
        seen = Path(f"/proc/{broker.pid}/environ").read_bytes()
    finally:
        stop(broker)
    assert b"PATH=" in seen
    assert b"CITYWATCH_" not in seen


def test_the_processes_of_the_demo_go_without_what_is_set_for_another_broker(
    dotenv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotenv.write_text(lines(GIVEN))
    stage = Stage(load_settings(kafka="127.0.0.1:9092", kafka_security={}), tmp_path)
    for program in (*stage.roles(), stage.present(TODAY), *stage.past(TODAY, 1, 1)):
        with pytest.MonkeyPatch.context() as own:
            for name, value in program.environment.items():
                own.setenv(name, value)
            settings = load_settings()
        assert (settings.kafka, settings.kafka_security) == ("127.0.0.1:9092", {})


def test_files_of_tls_are_read_once_so_that_a_running_role_outlives_their_replacement(dotenv: Path) -> None:
    authority = dotenv.with_name("authority.pem")
    authority.write_text(AUTHORITY)
    settings = load_settings(
        kafka="kafka:9092", kafka_security={"security_protocol": "SSL", "ssl_cafile": str(authority)}
    )
    before = client_options(settings)["ssl_context"]
    authority.write_text("half of a new one")
    assert client_options(settings)["ssl_context"] is before


def test_a_time_zone_that_is_empty_is_none(dotenv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CITYWATCH_TZ", "")
    settings = load_settings()
    assert settings.tz == "Asia/Shanghai"
    assert "tz" not in settings.model_fields_set


def test_a_wrong_value_in_dotenv_is_refused_as_one_in_the_environment(dotenv: Path) -> None:
    dotenv.write_text("CITYWATCH_PARTITIONS=0\n")
    with pytest.raises(WrongUse, match="setting CITYWATCH_PARTITIONS"):
        load_settings()


def test_a_metrics_page_on_any_port_that_is_free_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CITYWATCH_METRICS", "127.0.0.1:0")
    assert call(["doctor"]) == 2
    out, err = capfd.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "setting CITYWATCH_METRICS: '127.0.0.1:0' names no port" in err
