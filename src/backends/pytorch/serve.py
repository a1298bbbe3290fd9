"""Runs programs for a session of Weft: reads requests on its standard input, and answers on its standard output.

A message is the length of its head (4 bytes, little-endian), the head as JSON, and the tensors that the head lists under
`tensors`, one after the other, row by row. Sessions have their own programs and variables, which stay here between requests.
Several of these processes may join: then each has the same variables, and they add up what each has computed.
"""

import datetime
import json
import os
import signal
import struct
import sys
import traceback

# Ctrl-C at a terminal reaches this process too; the session decides when it ends, by closing the input.
signal.signal(signal.SIGINT, signal.SIG_IGN)

# What libraries print is no message.
source, sink = os.fdopen(0, "rb"), os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)

import torch  # noqa: E402
import torch.distributed as dist  # noqa: E402

import functions  # noqa: E402

DTYPES = {"f32": torch.float32, "i32": torch.int32, "bool": torch.bool}
NAMES = {dtype: name for name, dtype in DTYPES.items()}
# The number of the GPU comes as an argument.
device = torch.device(f"cuda:{sys.argv[1]}" if torch.cuda.is_available() else "cpu")


class Session:
    def __init__(self):
        self.programs = {}
        self.variables = {}
        # Of variables that one process holds: its rank, the shape and the dtype.
        self.owners = {}


class Sharded:
    """The variables of all processes, for a program that each of them runs."""

    def __init__(self, session, adding):
        self.session, self.adding = session, adding

    def __getitem__(self, name):
        owner, shape, dtype = self.session.owners.get(name, (None, None, None))
        if owner is None:
            return self.session.variables[name]
        mine = owner == dist.get_rank()
        value = self.session.variables[name] if mine else torch.empty(shape, dtype=dtype, device=device)
        group.collective(dist.broadcast, value.contiguous(), owner)
        return value

    def give(self, name, value):
        """Adds the values of all processes up, for the one that holds the variable."""
        owner = self.session.owners[name][0]
        total = value.clone(memory_format=torch.contiguous_format)
        group.collective(dist.reduce, total, owner)
        if owner == dist.get_rank():
            own = self.session.variables
            own[name] = own[name] + total if self.adding else total


sessions = {}


class PeerError(Exception):
    """Another of the processes that have joined does not answer."""


class Group:
    """The processes that have joined, as one of them sees them."""

    # Larger ones take more memory, smaller ones more messages.
    BUCKET = 25 * 2**20

    def __init__(self):
        self.store = None

    def host(self, address, port, world):
        """Opens the place where processes find each other; returns its port."""
        wait = datetime.timedelta(minutes=5)
        self.store = dist.TCPStore(address, port, world, is_master=True, wait_for_workers=False, timeout=wait)
        return self.store.port

    def join(self, address, port, world, rank):
        if dist.is_initialized():
            dist.destroy_process_group()
        wait = datetime.timedelta(minutes=5)
        store = self.store or dist.TCPStore(address, port, world, is_master=False, timeout=wait)
        kind = "nccl" if device.type == "cuda" else "gloo"
        at = {"device_id": device} if device.type == "cuda" else {}
        dist.init_process_group(kind, store=store, rank=rank, world_size=world, timeout=datetime.timedelta(minutes=30), **at)
        self.store = None

    def spread(self, variables, abouts):
        """Gives the variables of the first process to all."""
        for about in abouts:
            name, shape, dtype = about["name"], about["shape"], DTYPES[about["dtype"]]
            if dist.get_rank() > 0:
                variables[name] = torch.empty(shape, dtype=dtype, device=device)
            self.collective(dist.broadcast, variables[name].contiguous(), 0)

    def add_up(self, variables, names):
        """Replaces variables by their sums over all processes."""
        bucket, size = [], 0
        for name in names:
            bucket.append(name)
            size += variables[name].nbytes
            if size >= self.BUCKET or name == names[-1]:
                flat = torch.cat([variables[n].flatten() for n in bucket])
                self.collective(dist.all_reduce, flat)
                parts = flat.split([variables[n].numel() for n in bucket])
                variables.update({n: part.view(variables[n].shape) for n, part in zip(bucket, parts)})
                bucket, size = [], 0

    def collective(self, function, *args):
        try:
            return function(*args)
        except RuntimeError as error:
            raise PeerError(str(error)) from error


group = Group()


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
        return {"gpus": torch.tensor(torch.cuda.device_count(), dtype=torch.int32)}
    if task == "host":
        port = group.host(head["address"], head["port"], head["world"])
        return {"port": torch.tensor(port, dtype=torch.int32)}
    if task == "join":
        group.join(head["address"], head["port"], head["world"], head["rank"])
        return {}
    session = sessions.setdefault(head["session"], Session())
    if task == "close":
        sessions.pop(head["session"])
    elif task == "define":
        names = {**vars(functions)}
        exec(compile(head["source"], f"<{head['program']}>", "exec"), names)
        run = torch.compile(names["run"], fullgraph=True, dynamic=False) if head.get("compiled") else names["run"]
        session.programs[head["program"]] = (run, tensors)
    elif task == "set":
        session.variables.update(tensors)
    elif task == "get":
        return {name: session.variables[name] for name in head["names"]}
    elif task == "forget":
        session.variables.clear()
    elif task == "share out":
        session.owners.update({a["name"]: (a["owner"], a["shape"], DTYPES[a["dtype"]]) for a in head["variables"]})
    elif task == "spread":
        group.spread(session.variables, head["variables"])
    elif task == "add up":
        group.add_up(session.variables, head["names"])
    elif task == "run":
        run, constants = session.programs[head["program"]]
        variables = Sharded(session, head["adding"]) if "adding" in head else session.variables
        outputs, updates = run(tensors, variables, constants)
        if head.get("adding"):
            updates = {name: session.variables[name] + value for name, value in updates.items()}
        # Nothing is ever changed in place, so that variables may share memory.
        session.variables.update(updates)
        return outputs
    return {}


def kind_of(error):
    """The word for an error, by which Node chooses what it says about it."""
    if type(error).__module__.startswith(("torch._dynamo", "torch._inductor")):
        return "compile"
    if isinstance(error, (MemoryError, torch.OutOfMemoryError)):
        return "memory"
    return "peer" if isinstance(error, PeerError) else "failure"


def main():
    torch.set_default_device(device)
    if device.type == "cuda":
        torch.cuda.set_device(device)
    torch.set_grad_enabled(False)
    while (message := received()) is not None:
        head, tensors = message
        try:
            send({"torch": torch.__version__, "device": str(device)}, answer(head, tensors))
        except Exception as error:
            send({"error": f"{type(error).__name__}: {error}", "kind": kind_of(error), "trace": traceback.format_exc()})


main()
