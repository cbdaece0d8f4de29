"""The device `host`: this very machine."""

import hashlib
import os
import platform
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ghostbench.core.device import DeviceInfo, DeviceState
from ghostbench.core.errors import DeviceError
from ghostbench.device import host_text
from ghostbench.device.host_process import stream_lines
from ghostbench.device.linux_files import LinuxFiles

NAME = "host"


class HostDevice:
    """The machine that ghostbench runs on: its files are already here, its commands are processes of our own."""

    def __init__(self, root: Path = Path("/"), cache: Path | None = None) -> None:
        self._files = LinuxFiles(root)
        self._cache = cache or _cache_folder()

    @property
    def name(self) -> str:
        """Always `host`."""
        return NAME

    def info(self) -> DeviceInfo:
        """What this machine is."""
        files = self._files
        machine = platform.machine()
        cpuinfo = files.cpuinfo()
        memory = host_text.parse_meminfo(files.text("proc/meminfo") or "")
        system = host_text.parse_os_release(files.text("etc/os-release") or "")
        foreign = files.emulated_because(machine)
        return DeviceInfo(
            name=NAME,
            kind="host",
            title=host_text.processor_title(cpuinfo) or files.board() or machine,
            machine=machine,
            os=system or platform.system(),
            kernel=platform.release(),
            cores=files.cores(os.sched_getaffinity(0), machine),
            memory_bytes=memory.get("MemTotal"),
            page_bytes=os.sysconf("SC_PAGE_SIZE"),
            emulated=foreign is not None,
            virtual=files.is_virtual(),
            facts=files.facts() | ({"emulated_because": foreign} if foreign else {}),
        )

    def state(self) -> DeviceState:
        """How this machine is now."""
        files = self._files
        times = host_text.parse_cpu_times(files.text("proc/stat") or "", os.sysconf("SC_CLK_TCK"))
        memory = host_text.parse_meminfo(files.text("proc/meminfo") or "")
        load = (files.text("proc/loadavg") or "").partition(" ")[0]
        return DeviceState(
            taken_at=datetime.now(UTC).isoformat(),
            load_1min=host_text.as_float(load),
            core_mhz=files.core_mhz(),
            governors=files.governors(),
            temperatures_celsius=files.temperatures_celsius(),
            memory_available_bytes=memory.get("MemAvailable"),
            cpu_busy_s=times.busy_s if times else None,
            cpu_steal_s=times.steal_s if times else None,
        )

    def install(self, local: Path, *, executable: bool = False) -> PurePosixPath:
        """Say where the file is: it need not go anywhere.

        Only a program that lost its permission to run, as files of a wheel do, is copied to where it can have it.
        """
        path = local.resolve()
        if not path.is_file():
            raise DeviceError(f"{local} is not a file on this machine")
        if not os.access(path, os.R_OK):
            raise DeviceError(f"{local} cannot be read; change its permissions")
        if executable and not os.access(path, os.X_OK):
            path = self._runnable_copy(path)
        return PurePosixPath(path)

    def stream(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        environment: Mapping[str, str] | None = None,
    ) -> Iterator[str]:
        """Run a command here and yield its output line by line; `environment` adds to this process's own."""
        return stream_lines(
            argv, device=NAME, timeout_s=timeout_s, environment=os.environ | dict(environment or {})
        )

    def _runnable_copy(self, path: Path) -> Path:
        content = path.read_bytes()
        digest = _short_digest(content)
        copy = self._cache / digest / path.name
        try:
            if not (copy.is_file() and copy.read_bytes() == content and os.access(copy, os.X_OK)):
                copy.parent.mkdir(parents=True, exist_ok=True)
                # Renamed into place: another process may be running the copy at this moment.
                fresh = copy.with_name(f"{copy.name}.{os.getpid()}")
                shutil.copyfile(path, fresh)
                fresh.chmod(0o755)
                fresh.replace(copy)
        except OSError as cause:
            raise DeviceError(
                f"{path.name} cannot be made runnable in {copy.parent}: {cause}; "
                "set XDG_CACHE_HOME to a folder that can be written"
            ) from cause
        return copy


def _short_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "ghostbench"
