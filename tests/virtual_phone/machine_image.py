"""What an emulated machine starts from: the phone's root file system with modules, an init, and one personality."""

import hashlib
import shlex
from pathlib import Path

from tests.virtual_phone.cpio import Cpio
from tests.virtual_phone.image import ENVIRONMENT, Image
from tests.virtual_phone.kernel import Kernel
from tests.virtual_phone.qemu import ADBD_PORT
from tests.virtual_phone.rootfs import cache_folder, only_one_builder, root_file_system

HERE = Path(__file__).parent
MACHINE_ROOT = HERE / "machine_root"
MACHINE = "aarch64"
# Here the kernel and busybox answer truly, so nothing is made up.
REAL_COMMANDS = ("date", "id", "nproc", "taskset", "uname", "whoami")
SHELL_USER = 2000
PROGRAM = 0o755
# These two lie on disks, which keep what is on them when the machine restarts.
ON_DISKS = ("/phone/", "/data/")


def first_files(kernel: Kernel) -> Path:
    """The files that all machines with this kernel share, as an initramfs; made now if nobody has yet."""
    root = root_file_system(MACHINE)
    archive = cache_folder() / f"machine-{root.name}-{kernel.folder.name}-{_digest()}.cpio"
    if not archive.is_file():
        with only_one_builder(archive.name):
            if not archive.is_file():
                new = archive.with_suffix(".new")
                new.write_bytes(_shared(root, kernel))
                new.rename(archive)
    return archive


def own_files(image: Image) -> bytes:
    """The files of one machine, an archive that follows the shared one."""
    archive = Cpio()
    made_up = {path: text for path, text in image.files.items() if not _is_real(path)}
    for path, (mode, text) in made_up.items():
        archive.file(_place(path), text.encode(), mode)
    for path, target in image.links.items():
        archive.link(_place(path), target)
    for path, mode in image.folders.items():
        archive.folder(_place(path), mode)
    for name, paths in (("remove", image.remove), ("hidden", image.hidden)):
        archive.file(f"machine/{name}", "".join(f"{path}\n" for path in paths).encode())
    # "everywhere": the machine's network is its own, and only one port of it is open to this computer.
    own = {"ADBD_PORT": str(ADBD_PORT), "ADBD_LISTENS": "everywhere", "PHONE_UID": str(SHELL_USER)}
    lines = (f"export {k}={shlex.quote(v)}\n" for k, v in {**ENVIRONMENT, **own}.items())
    archive.file("machine/environment", "".join(lines).encode())
    return archive.content()


def _shared(root: Path, kernel: Kernel) -> bytes:
    archive = Cpio()
    archive.tree(root)
    archive.device("dev/console", 5, 1)
    archive.device("dev/null", 1, 3, 0o666)
    for path in sorted(kernel.modules.iterdir()):
        archive.file(f"machine/modules/{path.name}", path.read_bytes())
    archive.file("init", (MACHINE_ROOT / "init").read_bytes(), PROGRAM)
    for path in sorted((MACHINE_ROOT / "bin").iterdir()):
        archive.file(f"system/bin/{path.name}", path.read_bytes(), PROGRAM)
    for name in REAL_COMMANDS:
        archive.link(f"system/bin/{name}", "/system/lib/busybox")
    return archive.content()


def _is_real(path: str) -> bool:
    """Whether a made-up file has a true twin on the machine."""
    folder, _, name = path.rpartition("/")
    own = {entry.name for entry in (MACHINE_ROOT / "bin").iterdir()}
    return folder == "/system/bin" and name in {*REAL_COMMANDS, *own}


def _place(path: str) -> str:
    """Where the archive holds it: what lies on a disk is copied there when the disk is new."""
    return f"machine/disks{path}" if path.startswith(ON_DISKS) else path.lstrip("/")


def _digest() -> str:
    digest = hashlib.sha256()
    sources = [Path(__file__), HERE / "cpio.py", *sorted(MACHINE_ROOT.rglob("*"))]
    for path in sources:
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
