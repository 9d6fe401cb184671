"""Files come back as they were put, or not at all: in a folder and in a bucket."""

import hashlib
import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.request import urlopen

import boto3
import pytest
from moto.server import ThreadedMotoServer

from app.storage import (
    Storage,
    StorageUnavailableError,
    StoredFileDamagedError,
    StoredFileMissingError,
    open_storage,
)
from tests.support.ports import free_port

CONTENT = b"photo \x00\xff bytes"
BUCKET = "hallmark-files"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def bucket(s3: str, aws: None) -> object:
    client = boto3.client("s3", endpoint_url=s3)
    client.create_bucket(Bucket=BUCKET)
    return client


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return open_storage("", tmp_path)
    request.getfixturevalue("bucket")
    endpoint = request.getfixturevalue("s3")
    return open_storage(f"s3://{BUCKET}/portal?endpoint_url={endpoint}", tmp_path)


def test_a_file_comes_back_under_the_hash_of_its_content(storage: Storage) -> None:
    key = storage.put(CONTENT)

    assert key == hashlib.sha256(CONTENT).hexdigest()
    assert storage.get(key) == CONTENT
    assert storage.exists(key)
    with storage.open(key) as file:
        assert file.read() == CONTENT


def test_a_stream_larger_than_a_piece_is_kept_whole(storage: Storage) -> None:
    content = os.urandom(3 * 1024 * 1024 + 7)

    key = storage.put(io.BytesIO(content))

    assert key == hashlib.sha256(content).hexdigest()
    assert storage.get(key) == content
    with storage.open(key) as file:
        assert hashlib.sha256(file.read()).hexdigest() == key


def test_putting_twice_keeps_once_and_an_empty_file_is_a_file(storage: Storage) -> None:
    assert storage.put(b"twice") == storage.put(b"twice")
    assert storage.get(storage.put(b"")) == b""


def test_what_is_not_there_is_missing_and_deleting_it_is_no_error(storage: Storage) -> None:
    key = hashlib.sha256(b"never put").hexdigest()

    assert not storage.exists(key)
    storage.delete(key)
    with pytest.raises(StoredFileMissingError):
        storage.get(key)
    with pytest.raises(StoredFileMissingError):
        storage.open(key)


def test_a_deleted_file_is_gone(storage: Storage) -> None:
    key = storage.put(b"to be forgotten")

    storage.delete(key)

    assert not storage.exists(key)


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 64, "a" * 63, "a" * 65, "é" * 64])
def test_what_is_not_a_key_names_nothing(storage: Storage, key: str) -> None:
    for ask in (storage.get, storage.open, storage.exists, storage.delete):
        with pytest.raises(StoredFileMissingError):
            ask(key)


def test_changed_bytes_are_noticed_in_a_folder_and_mended_by_putting_again(tmp_path: Path) -> None:
    storage = open_storage("file:", tmp_path)
    key = storage.put(b"as it was")
    place = tmp_path / key[:2] / key[2:4] / key
    place.write_bytes(b"as it wax")

    with pytest.raises(StoredFileDamagedError):
        storage.get(key)
    with pytest.raises(StoredFileDamagedError):
        storage.open(key)
    storage.put(b"as it was")

    assert storage.get(key) == b"as it was"


def test_changed_bytes_are_noticed_in_a_bucket(bucket: object, s3: str, tmp_path: Path) -> None:
    storage = open_storage(f"s3://{BUCKET}?endpoint_url={s3}", tmp_path)
    key = storage.put(b"as it was")
    bucket.put_object(Bucket=BUCKET, Key=f"{key[:2]}/{key[2:4]}/{key}", Body=b"otherwise")  # type: ignore[attr-defined]

    with pytest.raises(StoredFileDamagedError):
        storage.get(key)
    with pytest.raises(StoredFileDamagedError):
        storage.open(key)


def test_a_broken_stream_leaves_nothing_behind(tmp_path: Path) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise ValueError("the upload broke off")

    storage = open_storage("", tmp_path)

    with pytest.raises(ValueError, match="broke off"):
        storage.put(Broken())

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_fifty_threads_that_put_the_same_file_agree(tmp_path: Path) -> None:
    storage = open_storage("", tmp_path)

    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: storage.put(b"the same"), range(50)))

    assert len(keys) == 1
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_folder_that_cannot_be_written_is_unavailable(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")

    with pytest.raises(StorageUnavailableError):
        open_storage("", blocked).put(b"anything")


def test_a_folder_gives_no_address_and_a_bucket_gives_one_that_works(
    bucket: object, s3: str, tmp_path: Path
) -> None:
    local, remote = (
        open_storage(url, tmp_path) for url in ("", f"s3://{BUCKET}/x?endpoint_url={s3}")
    )

    assert local.url(local.put(b"seen"), 60) is None
    address = remote.url(remote.put(b"seen"), 60)

    assert address is not None
    with urlopen(address) as answer:  # noqa: S310  our own server
        assert answer.read() == b"seen"


def test_a_file_is_saved_under_its_name_and_a_large_one_is_sent_from_where_it_lies(
    bucket: object, s3: str, tmp_path: Path
) -> None:
    local, remote = (
        open_storage(url, tmp_path) for url in ("", f"s3://{BUCKET}/x?endpoint_url={s3}")
    )
    path = local.local_path(local.put(b"seen"))
    assert path is not None
    assert path.read_bytes() == b"seen"
    with pytest.raises(StoredFileMissingError):
        local.local_path("0" * 64)
    key = remote.put(b"seen")
    assert remote.local_path(key) is None
    address = remote.url(key, 60, 'Prüfungen "2026".zip')
    assert address is not None
    with urlopen(address) as answer:  # noqa: S310  our own server
        said = answer.headers["Content-Disposition"]
    assert said.startswith("attachment; filename=")
    assert "filename*=UTF-8''Pr%C3%BCfungen%20%222026%22.zip" in said


def test_a_server_that_is_not_there_is_unavailable(aws: None, tmp_path: Path) -> None:
    endpoint = f"http://127.0.0.1:{free_port()}"
    storage = open_storage(f"s3://{BUCKET}?endpoint_url={endpoint}", tmp_path)

    with pytest.raises(StorageUnavailableError):
        storage.get("0" * 64)
    with pytest.raises(StorageUnavailableError):
        storage.put(b"anything")


def test_a_bucket_that_is_not_there_is_unavailable(s3: str, aws: None, tmp_path: Path) -> None:
    storage = open_storage(f"s3://no-such-bucket?endpoint_url={s3}", tmp_path)

    with pytest.raises(StorageUnavailableError):
        storage.put(b"anything")


@pytest.mark.parametrize(
    "url", ["ftp://host/files", "s3:///prefix", "s3://bucket?endpoint=typo", "http://bucket"]
)
def test_a_wrong_setting_is_refused_at_once(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="STORAGE_URL"):
        open_storage(url, tmp_path)


def test_a_folder_can_be_named(tmp_path: Path) -> None:
    storage = open_storage(f"file://{tmp_path}/named%20folder", tmp_path / "default")

    storage.put(b"here")

    assert (tmp_path / "named folder").is_dir()
    assert not (tmp_path / "default").exists()
