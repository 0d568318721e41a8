"""A PostgreSQL of our own on a free port, for tests; it can be stopped and started again, and keeps what it held."""

import os
import shutil
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
HAS_POSTGRES = (PROGRAMS / "initdb").exists()


@dataclass
class PostgresServer:
    """`postgres` as a process; it refuses to run as root, so root runs it as another user."""

    port: int = 0
    folder: str = ""

    def begin(self) -> None:
        """Make its files and start it."""
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            self.port = int(one.getsockname()[1])
        self.folder = tempfile.mkdtemp()
        Path(self.folder).chmod(0o755)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
        self._run("initdb", "-U", "tester", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        self.start()

    def start(self) -> None:
        told = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-w", "-l", f"{self.folder}/log", "-o", told, "start")

    def stop(self) -> None:
        """Stop it at once: whoever is connected is cut off."""
        self._run("pg_ctl", "-m", "immediate", "stop")

    def end(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def database(self, name: str) -> str:
        """The address of a fresh database."""
        admin = create_engine(self.address("postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        admin.dispose()
        return self.address(name)

    def address(self, name: str) -> str:
        return f"postgresql+psycopg://tester@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *told: str) -> None:
        as_other = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*as_other, str(PROGRAMS / program), "-D", f"{self.folder}/data", *told]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
