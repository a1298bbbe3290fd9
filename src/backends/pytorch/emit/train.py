"""Trains the model by rectified flow on images of a safetensors file, on one device."""

import argparse
import copy

import torch
from safetensors.torch import load_file, save_file

from conventions import CONDITIONS, DATA_TIME, LABEL, NO_CLASS, NOISE_TIME, Model

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--data", required=True, help="safetensors with `images` [n, channels, height, width] from -1 to 1")
parser.add_argument("--weights", help="safetensors to start from; new weights by default")
parser.add_argument("--steps", type=int, default=10000)
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--rate", type=float, default=1e-4, help="learning rate")
parser.add_argument("--ema", type=float, default=0.9999, help="decay of the averaged weights")
parser.add_argument("--label-drop", type=float, default=0.1, help="share of labels that are left out, for guidance")
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--compile", action="store_true", help="compile the model first")
parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")


def loss_of(model, images, conditions):
    """The mean square of what is missing to the velocity, at a time of its own for each image."""
    share = torch.rand(len(images), device=images.device)
    s = share[:, None, None, None]
    noise = torch.randn_like(images)
    noisy = s * images + (1 - s) * noise
    # Per unit of the model's time, which may run from data to noise.
    target = images - noise if DATA_TIME > NOISE_TIME else noise - images
    time = NOISE_TIME + (DATA_TIME - NOISE_TIME) * share
    return (model(noisy, time, *conditions) - target).square().mean()


def main():
    args = parser.parse_args()
    torch.manual_seed(args.seed)
    data = load_file(args.data)
    missing = [name for name in ["images", *CONDITIONS] if name not in data]
    if missing:
        parser.error(f"{args.data} lacks {', '.join(missing)}; it holds {', '.join(data)}")
    model = Model().to(args.device)
    if args.weights:
        model.load_state_dict(load_file(args.weights), strict=True)
    average = copy.deepcopy(model).requires_grad_(False)
    step_model = torch.compile(model, fullgraph=True) if args.compile else model
    optimizer = torch.optim.AdamW(model.parameters(), lr=args.rate, weight_decay=0.0)
    for step in range(1, args.steps + 1):
        rows = torch.randint(len(data["images"]), (args.batch,))
        images = data["images"][rows].float().to(args.device)
        conditions = []
        for name in CONDITIONS:
            given = data[name][rows].to(args.device)
            if name == LABEL:
                given = torch.where(torch.rand(len(rows), device=args.device) < args.label_drop, NO_CLASS, given)
            conditions.append(given)
        loss = loss_of(step_model, images, conditions)
        if not torch.isfinite(loss):
            raise SystemExit(f"The loss is {loss.item()} at step {step}: lower --rate, or look at the data.")
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        with torch.no_grad():
            # A young average would be of the first weights.
            decay = min(args.ema, (step + 1) / (step + 10))
            for a, p in zip(average.parameters(), model.parameters()):
                a.lerp_(p, 1 - decay)
        if step % 100 == 0 or step == args.steps:
            print(f"step {step}/{args.steps}  loss {loss.item():.4f}", flush=True)
    for path, trained in [("weights.safetensors", model), ("ema.safetensors", average)]:
        save_file({name: w.detach().cpu().contiguous() for name, w in trained.state_dict().items()}, path)
        print(path)


if __name__ == "__main__":
    main()
