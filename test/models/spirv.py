"""Finds the SPIR-V modules in a file of any kind."""
import struct

MAGIC = struct.pack("<I", 0x07230203)
ENTRY_POINT, FUNCTION, FUNCTION_END = 15, 54, 56


def modules(data):
    """All modules at word-aligned offsets, each with the name of its first entry point.

    A module's length is written nowhere. It is a header of five words, then
    instructions that begin with their own length, and ends with the
    OpFunctionEnd that no OpFunction follows.
    """
    found = []
    start = data.find(MAGIC)
    while start >= 0:
        end = module_end(data, start) if start % 4 == 0 else None
        if end:
            found.append((f"{len(found):03}_{entry_point(data, start)}", data[start:end]))
        start = data.find(MAGIC, end or start + 1)
    return found


def instructions(data, start):
    offset = start + 20
    while offset + 4 <= len(data):
        (word,) = struct.unpack_from("<I", data, offset)
        length, opcode = word >> 16, word & 0xFFFF
        if length == 0:
            return
        yield opcode, offset, 4 * length
        offset += 4 * length


def module_end(data, start):
    end = None
    for opcode, offset, length in instructions(data, start):
        if end is not None and opcode != FUNCTION:
            break
        end = offset + length if opcode == FUNCTION_END else None
    return end


def entry_point(data, start):
    for opcode, offset, length in instructions(data, start):
        if opcode == ENTRY_POINT:
            name = data[offset + 12:offset + length].split(b"\0")[0].decode()
            return "".join(c if c.isalnum() or c in "_-" else "_" for c in name)
        if opcode == FUNCTION:
            break
    return "unnamed"
