"""URLs, the places that they mean, and the secrets that they must not hold."""

from __future__ import annotations

import pytest

from logsleuth.errors import SourceError
from logsleuth.sources.locations import Location, is_remote, local_path, locate, shown


@pytest.mark.parametrize(
    ("url", "root", "key"),
    [
        ("s3://bucket/a/b.log", "s3://bucket", "a/b.log"),
        ("S3://bucket", "s3://bucket", ""),
        ("s3://bucket/a?b%20.log", "s3://bucket", "a?b%20.log"),
        ("abfss://box@account.dfs.core.windows.net/a", "abfss://box@account.dfs.core.windows.net", "a"),
        ("https://host:8443/a%20b.log", "https://host:8443", "a b.log"),
    ],
)
def test_a_url_is_a_store_and_a_key(url: str, root: str, key: str) -> None:
    """Percent signs are letters where keys are no URLs."""
    assert locate(url) == Location(root=root, key=key)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("s3://anna:hunter2@bucket/x", "s3://***@bucket/x"),
        ("https://anna:hunter2@host/x", "https://***@host/x"),
        ("https://host/x?X-Amz-Signature=hunter2", "https://host/x?***"),
        ("abfss://box:hunter2@account/x", "abfss://***@account/x"),
        ("kafka://anna:hunter2@broker/logs", "kafka://***@broker/logs"),
    ],
)
def test_secrets_are_refused_and_not_shown(url: str, name: str) -> None:
    """Wherever they stand."""
    with pytest.raises(SourceError) as raised:
        locate(url)

    assert "hunter2" not in str(raised.value)
    assert shown(url) == name


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("file:///var/log/a%20b.log", "/var/log/a b.log"),
        ("file://localhost/a", "/a"),
        ("file://elsewhere/a", "file://elsewhere/a"),
        ("a.log", "a.log"),
        ("dir/s3://x", "dir/s3://x"),
    ],
)
def test_a_url_of_a_file_is_its_path(path: str, wanted: str) -> None:
    """And any other path is itself."""
    assert (local_path(path), is_remote(path)) == (wanted, False)
