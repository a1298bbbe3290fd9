"""The PyTorch peers, eager and compiled: trains on request and answers in the protocol of ../protocol.ts."""

import json
import resource
import struct
import sys
import time

import numpy as np
import torch

from model import PixelDiT


def read_tensors(path: str) -> dict[str, torch.Tensor]:
    """All tensors of a safetensors file of f32 and i32."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    types = {"F32": np.float32, "I32": np.int32}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            array = np.frombuffer(data[begin:end], dtype=types[entry["dtype"]]).reshape(entry["shape"])
            tensors[name] = torch.from_numpy(array.copy())
    return tensors


class Trainer:
    """One training step: forward, loss, backward, clipping by global norm, AdamW, averaged weights."""

    def __init__(self, task: dict):
        tensors = read_tensors(task["problem"])
        self.settings = task["settings"]
        self.model = PixelDiT(task["model"])
        self.model.load_state_dict({name[2:]: value for name, value in tensors.items() if name.startswith("w/")})
        self.parameters = list(self.model.parameters())
        self.initial = [p.detach().clone() for p in self.parameters]
        self.ema = [p.detach().clone() for p in self.parameters]
        self.batches = [
            [tensors[f"in/{i}/{name}"] for name in ("x0", "noise", "t", "y")] for i in range(task["batches"])
        ]
        rate, betas, eps = self.settings["rate"], tuple(self.settings["betas"]), self.settings["eps"]
        self.optimizer = torch.optim.AdamW(
            self.parameters, lr=rate, betas=betas, eps=eps, weight_decay=self.settings["decay"], fused=True
        )
        self.bf16 = task["precision"] == "bf16"
        self.loss = torch.compile(self.plain_loss) if task["peer"] == "pytorch-compiled" else self.plain_loss
        self.count = 0

    def plain_loss(self, x0, noise, t, y):
        time_of_image = t[:, None, None, None]
        x_t = time_of_image * x0 + (1 - time_of_image) * noise
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bf16):
            velocity = self.model(x_t, t, y)
        return (velocity.float() - (x0 - noise)).square().mean()

    def step(self) -> float:
        loss = self.loss(*self.batches[self.count % len(self.batches)])
        self.count += 1
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, self.settings["clip"], foreach=True)
        self.optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(self.ema, self.parameters, 1 - self.settings["ema"])
        return loss.item()

    def moved(self) -> dict:
        with torch.no_grad():
            return {"weights": self.distance(self.parameters), "ema": self.distance(self.ema)}

    def distance(self, values) -> float:
        return sum((a - b).double().square().sum().item() for a, b in zip(values, self.initial)) ** 0.5


def main() -> None:
    task = json.loads(sys.argv[1])
    torch.set_num_threads(task["threads"])
    trainer = Trainer(task)
    for line in sys.stdin:
        turn = json.loads(line)
        seconds, losses = [], []
        for _ in range(turn["steps"]):
            start = time.perf_counter()
            losses.append(trainer.step())
            seconds.append(time.perf_counter() - start)
        answer = {
            "stepSeconds": seconds,
            "losses": losses,
            "peakRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "parameters": sum(p.numel() for p in trainer.parameters),
            "moved": trainer.moved() if turn["last"] else None,
        }
        print(json.dumps(answer), flush=True)


main()
