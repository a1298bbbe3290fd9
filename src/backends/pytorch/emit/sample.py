"""Draws images by Euler steps from noise to data."""

import argparse

import numpy as np
import torch
from safetensors.torch import load_file

from conventions import CONDITIONS, DATA_TIME, IMAGE, LABEL, NO_CLASS, NOISE_TIME, Model

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--weights", required=True, help="safetensors, such as ema.safetensors")
parser.add_argument("--out", default="samples.npy", help="images from -1 to 1, [n, channels, height, width]")
parser.add_argument("--count", type=int, default=4)
parser.add_argument("--steps", type=int, default=50)
parser.add_argument("--conditions", help="safetensors with what else the model reads, a row for each image")
parser.add_argument("--guidance", type=float, default=1.0, help="how far to go beyond what the label changes")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")


@torch.no_grad()
def sample(model, noise, conditions, steps, guidance=1.0):
    """Images from noise [n, channels, height, width]."""
    x = noise
    sign = 1 if DATA_TIME > NOISE_TIME else -1
    without = {**conditions, LABEL: torch.full_like(conditions[LABEL], NO_CLASS)} if LABEL in conditions else None
    for step in range(steps):
        time = torch.full((len(x),), NOISE_TIME + (DATA_TIME - NOISE_TIME) * step / steps, device=x.device)
        velocity = model(x, time, *conditions.values())
        if guidance != 1 and without:
            base = model(x, time, *without.values())
            velocity = base + guidance * (velocity - base)
        x = x + sign * velocity / steps
    return x


def main():
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    given = load_file(args.conditions) if args.conditions else {}
    if LABEL and LABEL not in given:
        given[LABEL] = torch.arange(args.count) % NO_CLASS
    missing = [name for name in CONDITIONS if name not in given]
    if missing:
        parser.error(f"give {', '.join(missing)} in a file with --conditions")
    if args.guidance != 1 and LABEL is None:
        parser.error("--guidance is for models of classes")
    model = Model().to(args.device).eval()
    model.load_state_dict(load_file(args.weights), strict=True)
    conditions = {name: given[name][: args.count].to(args.device) for name in CONDITIONS}
    noise = torch.randn(args.count, *IMAGE, device=args.device)
    images = sample(model, noise, conditions, args.steps, args.guidance)
    np.save(args.out, images.cpu().numpy())
    print(args.out)


if __name__ == "__main__":
    main()
