"""A real MariaDB in a folder of its own, for as long as the tests run (Debian: mariadb-server-core)."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pymysql

from tests.ports import free_port

PASSWORD = "pa:ss/word"
SCRIPTS = Path("/usr/share/mysql")


@contextmanager
def running() -> Iterator[int]:
    """Start one; the port at which its user `shop` may do everything in the database `shop`."""
    server = shutil.which("mariadbd") or "/usr/sbin/mariadbd"
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-maria-"))
    data, socket_file, port = folder / "data", folder / "s", free_port()
    # in a folder for all, a server that starts sweeps away the temporary tables of another that works there
    own = [f"--tmpdir={folder}", *(["--user=root"] if os.getuid() == 0 else [])]
    try:
        _bootstrap(server, data, own)
        process = subprocess.Popen(
            [server, "--no-defaults", f"--datadir={data}", f"--socket={socket_file}", f"--port={port}",
             "--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--innodb-buffer-pool-size=16M",
             "--skip-log-bin", f"--pid-file={folder / 'pid'}", *own],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            _make_user(str(socket_file), process)
            yield port
        finally:
            process.terminate()
            process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bootstrap(server: str, data: Path, own: list[str]) -> None:
    """The server's own tables, as its installer makes them."""
    data.mkdir()
    scripts = [SCRIPTS / f"mysql_{name}.sql" for name in ("system_tables", "performance_tables", "system_tables_data")]
    sql = "CREATE DATABASE mysql;\nUSE mysql;\nSET @auth_root_socket=NULL;\nSET @skip_auth_anonymous=1;\n"
    sql += "".join(script.read_text() for script in scripts)
    made = subprocess.run(
        [server, "--no-defaults", "--bootstrap", f"--datadir={data}", "--innodb-buffer-pool-size=16M", *own],
        input="\n".join(line for line in sql.splitlines() if "@current_hostname" not in line),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout + made.stderr


def _make_user(socket_file: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while not _answers(socket_file):
        assert process.poll() is None and time.monotonic() < end, "MariaDB did not start"
        time.sleep(0.05)
    connection = pymysql.connect(unix_socket=socket_file, user="root")
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE shop CHARACTER SET utf8mb4")
        cursor.execute("CREATE USER shop@'127.0.0.1' IDENTIFIED BY %s", (PASSWORD,))
        cursor.execute("GRANT ALL ON shop.* TO shop@'127.0.0.1'")


def _answers(socket_file: str) -> bool:
    """Asked without the driver, which leaves its socket open when nobody answers."""
    with socket.socket(socket.AF_UNIX) as knocking:
        return knocking.connect_ex(socket_file) == 0
