from dagster_aws.s3 import S3Resource

from marketdata_platform.archive.object_store import open_object_archive
from marketdata_platform.defs.upkeep.s3_archive import with_s3
from marketdata_platform.settings import ArchiveSection, Settings
from marketdata_platform_tests.archive.days import BTC, DAY, trades
from marketdata_platform_tests.objects.s3_server import KEY, SECRET, s3_server


def settings(tmp_path, **archive) -> Settings:
    url = f"s3://{s3_server().bucket()}/firm"
    return Settings(root=tmp_path, archive=ArchiveSection(url=url, **archive))


def test_the_archive_is_reached_with_the_resources_endpoint_and_keys(tmp_path):
    s3 = S3Resource(
        endpoint_url=s3_server().endpoint,
        region_name="eu-west-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )
    made = with_s3(settings(tmp_path), s3)
    assert SECRET not in repr(made)
    archive = open_object_archive(made.archive)
    archive.write("trades", BTC, DAY, iter(trades(3).to_batches()), source_digest="d")
    assert archive.manifest("trades", BTC, DAY).rows == 3


def test_what_the_configuration_names_goes_first_and_a_profile_serves(tmp_path, monkeypatch):
    credentials = tmp_path / "credentials"
    credentials.write_text(f"[firm]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    own = {"endpoint": "http://127.0.0.1:1", "region": "us-west-2"}
    made = with_s3(
        settings(tmp_path, **own),
        S3Resource(endpoint_url="http://127.0.0.1:2", profile_name="firm"),
    )
    assert (made.archive.endpoint, made.archive.region) == ("http://127.0.0.1:1", "us-west-2")
    assert made.archive.secret_access_key.get_secret_value() == SECRET
    assert with_s3(settings(tmp_path), S3Resource()).archive.access_key_id is None
