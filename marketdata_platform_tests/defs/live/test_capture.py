"""A run of the job `capture` on a simulated exchange: short sessions, in this process."""

from marketdata_platform.defs.tags import GATHERER_TAG
from marketdata_platform.platform.use_cases.land import land
from marketdata_platform.simulator.server.exchange import ExchangeConfig, SimulatedExchange
from marketdata_platform_tests.defs.live.live_instances import BTC, configured


def settings(endpoint, session_seconds):
    return f"""
    gatherers = ["g1"]
    [store]
    url = "postgresql://nobody:CANARY@127.0.0.1:9/none"
    [capture]
    session_seconds = {session_seconds}
    [capture.instruments]
    "{BTC}" = ["trades"]
    [endpoints."binance:spot"]
    websocket = "{endpoint["websocket"]}"
    rest = "{endpoint["rest"]}"
    """


def test_a_capture_run_records_without_a_store_and_tells_how_it_ended(tmp_path, monkeypatch):
    with SimulatedExchange(ExchangeConfig(instruments=(BTC,), rate=50.0)) as exchange:
        text = settings(exchange.endpoints()["binance:spot"], 1.5)
        with configured(tmp_path, monkeypatch, text) as live:
            config = {"ops": {"record": {"config": {"gatherer": "g1"}}}}
            result = live.execute("capture", run_config=config)

            assert result.success
            assert live.instance.get_run_by_id(result.run_id).tags[GATHERER_TAG] == "g1"
            (seen,) = [
                e.asset_observation_data.asset_observation
                for e in result.all_events
                if e.is_asset_observation
            ]
            told = {name: value.value for name, value in seen.metadata.items()}
            assert seen.asset_key.to_user_string() == "journal_g1"
            assert told["ended"] == "seconds passed"
            assert told["frames of the session"] > 20
            logged = [entry.to_json() for entry in live.instance.all_logs(result.run_id)]
            assert not [line for line in logged if "CANARY" in line]
            text = text.replace('url = "postgresql://nobody:CANARY@127.0.0.1:9/none"', "")
            (tmp_path / "marketdata.toml").write_text(text)
            assert land(live.resource.platform()).inserted > 20
