"""What an adb server says of all phones together: the list, their states, phones over the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ghostbench.core.errors import DeviceError, TransientError
from ghostbench.device.adb_address import ServerAddress
from ghostbench.device.adb_link import open_link

LIST_TIMEOUT_S = 10.0
CONNECT_TIMEOUT_S = 20.0  # the server itself gives up after 10 s

# What to do about a phone that cannot be used, by the state that adb gives.
REMEDIES: Mapping[str, str] = {
    "unauthorized": "unlock the phone and allow USB debugging on its screen "
    "(no question there: Developer options, Revoke USB debugging authorisations, plug in again)",
    "authorizing": "wait a moment; the phone is asking for permission on its screen",
    "connecting": "wait a moment",
    "offline": "unplug the phone and plug it in again (over the network: `adb disconnect` and `adb connect`)",
    "no permissions": "this user may not open the USB device: install the udev rules of your distribution "
    "(package android-sdk-platform-tools-common or android-udev), then plug in again",
    "recovery": "restart the phone into Android",
    "sideload": "restart the phone into Android",
    "rescue": "restart the phone into Android",
    "bootloader": "restart the phone into Android (`fastboot reboot`)",
    "host": "this is the computer's own side; plug in a phone",
    "detached": "another program holds the USB device; end it or plug in again",
}

# States that a phone passes through when it starts or its cable was moved.
PASSING_STATES = ("offline", "connecting", "authorizing", "detached")

NO_PHONE = (
    "no phone is connected. On the phone: Settings, About phone, tap Build number seven times; then "
    "Developer options, USB debugging. Plug it in with a data cable and allow this computer on its screen."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """One phone in the list of an adb server."""

    serial: str
    state: str  # "device" when it can be used
    transport: str  # "usb", "tcp" or "emulator"
    model: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether commands can be run on it."""
        return self.state == "device"

    @property
    def remedy(self) -> str | None:
        """What to do, when it is not usable."""
        if self.usable:
            return None
        return REMEDIES.get(
            self.state, f"adb calls its state {self.state!r}; plug the phone in again"
        )


def list_connected(address: ServerAddress, *, hurry: float = 1.0) -> list[Connected]:
    """All phones that the server knows, usable or not, by serial."""
    # The short list is exact (a tab stands between serial and state); the long one adds tags but runs columns together.
    step, limit_s = "listing the phones", LIST_TIMEOUT_S / hurry
    short = _ask(address, "host:devices", step, limit_s)
    long = _ask(address, "host:devices-l", step, limit_s)
    return parse_list(short, long)


def parse_list(short: str, long: str) -> list[Connected]:
    r"""Read the answers to `host:devices` and `host:devices-l`.

    >>> parse_list("AB 1\tdevice\n", "AB 1   device usb:1-2 model:Pixel_8 transport_id:3\n")[0].model
    'Pixel 8'
    """
    found = []
    for line in short.splitlines():
        serial, tab, state = line.partition("\t")
        if not tab:
            continue
        state = "no permissions" if state.startswith("no permissions") else state.split(" ")[0]
        tags = _tags_of(serial, long)
        model = tags.get("model")
        found.append(
            Connected(
                serial=serial,
                state=state,
                transport=_transport(serial, tags),
                model=model.replace("_", " ") if model else None,
                tags=tags,
            )
        )
    return sorted(found, key=lambda phone: phone.serial)


def _tags_of(serial: str, long: str) -> dict[str, str]:
    for line in long.splitlines():
        if line.startswith(serial + " "):
            words = line.removeprefix(serial).split()[1:]
            return dict(word.split(":", 1) for word in words if ":" in word)
    return {}


def _transport(serial: str, tags: Mapping[str, str]) -> str:
    if "usb" in tags:
        return "usb"
    if serial.startswith("emulator-"):
        return "emulator"
    _, colon, port = serial.rpartition(":")
    over_network = (bool(colon) and port.isdigit()) or "._adb" in serial
    return "tcp" if over_network else "usb"


def find_connected(
    address: ServerAddress, serial: str, step: str = "", *, hurry: float = 1.0
) -> Connected:
    """The phone of that serial, which must be usable; one over the network is connected to when it is not.

    `step` says in an error what was being done. Raises TransientError where trying again later may help, else
    DeviceError; both say what to do.
    """
    at = f" while {step}" if step else ""
    phones = list_connected(address, hurry=hurry)
    found = _of_serial(phones, serial)
    if _is_address(serial) and (found is None or found.state == "offline"):
        if found:  # one that went offline is "already connected" until it is cut
            disconnect(address, serial)
        connect(address, serial, at, hurry=hurry)
        found = _of_serial(list_connected(address, hurry=hurry), serial)
    if found is None:
        listed = ", ".join(phone.serial for phone in phones)
        raise TransientError(
            f"{serial}: no such phone is connected{at}; connected: {listed}"
            if listed
            else f"{serial}{at}: {NO_PHONE}"
        )
    if not found.usable:
        kind = TransientError if found.state in PASSING_STATES else DeviceError
        raise kind(f"{serial}: {found.state}{at}: {found.remedy}")
    return found


def _of_serial(phones: Sequence[Connected], serial: str) -> Connected | None:
    return next((phone for phone in phones if phone.serial == serial), None)


def _is_address(serial: str) -> bool:
    host, _, port = serial.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit()


def connect(address: ServerAddress, phone: str, at: str = "", *, hurry: float = 1.0) -> None:
    """Connect to a phone over the network. Raises DeviceError with what adb said; TransientError if that may pass."""
    step, limit_s = f"connecting to {phone}{at}", CONNECT_TIMEOUT_S / hurry
    said = _ask(address, f"host:connect:{phone}", step, limit_s).strip()
    # Success and failure differ in words alone, and a phone that has gone offline is "already connected" too.
    if not said.startswith(("connected to", "already connected to")):
        # A phone that restarts refuses for a while; one that does not know this computer goes on doing so.
        kind = DeviceError if "authenticate" in said else TransientError
        raise kind(
            f"{phone}: {said}{at}; is adb over the network on, and does the phone know this computer?"
        )


def disconnect(address: ServerAddress, phone: str) -> None:
    """Forget a phone over the network; one that is not known is forgotten already."""
    try:
        _ask(address, f"host:disconnect:{phone}", f"disconnecting {phone}", CONNECT_TIMEOUT_S)
    except DeviceError as error:
        if "no such" not in str(error):
            raise


def _ask(address: ServerAddress, service: str, step: str, timeout_s: float) -> str:
    with open_link(address, f"adb server {address}", step, timeout_s) as link:
        link.request(service)
        return link.receive_text()
