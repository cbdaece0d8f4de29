"""Answers a test prepares for a command: where the phone looks for them, and in which form."""

FNV_OFFSET = 0xCBF29CE484222325
FNV_PRIME = 0x100000001B3


def answer_files(command_line: str, output: str, status: int) -> dict[str, str]:
    """File name below /phone/answers to content: exit status, line break, output."""
    text = f"{status}\n{output}"
    files = {f"lines/{line_hash(command_line):016x}": text}
    call = command_line.replace("/", "%")
    if len(call.encode()) < 256:  # longer than any file name: only whole command lines then
        files[f"calls/{call}"] = text
    return files


def line_hash(command_line: str) -> int:
    """FNV-1a, 64 bits, as in phone_shell.c.

    >>> f"{line_hash('a'):x}"
    'af63dc4c8601ec8c'
    """
    value = FNV_OFFSET
    for byte in command_line.encode():
        value = (value ^ byte) * FNV_PRIME % 2**64
    return value
