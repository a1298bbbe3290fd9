"""Runs programs for a session of Weft: reads requests on its standard input, and answers on its standard output.

A message is the length of its head (4 bytes, little-endian), the head as JSON, and the tensors that the head lists under
`tensors`, one after the other, row by row. Sessions have their own programs and variables, which stay here between requests.
"""

import json
import os
import struct
import sys
import traceback

# What libraries print is no message.
source, sink = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)

import torch  # noqa: E402

import functions  # noqa: E402

DTYPES = {"f32": torch.float32, "i32": torch.int32, "bool": torch.bool}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")


class Session:
    def __init__(self):
        self.programs = {}
        self.variables = {}


sessions = {}


def received():
    """The next message, or None at the end."""
    length = source.read(4)
    if len(length) < 4:
        return None
    head = json.loads(source.read(struct.unpack("<I", length)[0]))
    return head, {about["name"]: tensor(about) for about in head.get("tensors", [])}


def tensor(about):
    dtype, shape = DTYPES[about["dtype"]], about["shape"]
    size = dtype.itemsize * int(torch.Size(shape).numel())
    if size == 0:
        return torch.empty(shape, dtype=dtype, device=device)
    return torch.frombuffer(bytearray(source.read(size)), dtype=dtype).reshape(shape).to(device)


def send(head, tensors=()):
    """Half types go out as float32."""
    ready = [(name, value if value.dtype in NAMES else value.float()) for name, value in dict(tensors).items()]
    abouts = [{"name": n, "dtype": NAMES[t.dtype], "shape": list(t.shape)} for n, t in ready]
    text = json.dumps({**head, "tensors": abouts}).encode()
    sink.write(struct.pack("<I", len(text)))
    sink.write(text)
    for _, value in ready:
        if value.numel() > 0:
            sink.write(value.detach().contiguous().cpu().numpy().tobytes())
    sink.flush()


def answer(head, tensors):
    """What a request asks for: tensors by name."""
    task = head["task"]
    if task == "hello":
        if head.get("threads"):
            torch.set_num_threads(head["threads"])
        return {}
    session = sessions.setdefault(head["session"], Session())
    if task == "close":
        sessions.pop(head["session"])
    elif task == "define":
        names = {**vars(functions)}
        exec(compile(head["source"], f"<{head['program']}>", "exec"), names)
        session.programs[head["program"]] = (names["run"], tensors)
    elif task == "set":
        session.variables.update(tensors)
    elif task == "get":
        return {name: session.variables[name] for name in head["names"]}
    elif task == "forget":
        session.variables.clear()
    elif task == "run":
        run, constants = session.programs[head["program"]]
        outputs, updates = run(tensors, session.variables, constants)
        # Nothing is ever changed in place, so that variables may share memory.
        session.variables.update(updates)
        return outputs
    return {}


def main():
    torch.set_default_device(device)
    torch.set_grad_enabled(False)
    while (message := received()) is not None:
        head, tensors = message
        try:
            send({"torch": torch.__version__, "device": str(device)}, answer(head, tensors))
        except Exception as error:
            kind = "memory" if isinstance(error, (MemoryError, torch.OutOfMemoryError)) else "failure"
            send({"error": f"{type(error).__name__}: {error}", "kind": kind, "trace": traceback.format_exc()})


main()
