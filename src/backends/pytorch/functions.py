"""Functions that programs use and PyTorch lacks."""

import torch


def rope(x, cos, sin):
    """Rotates consecutive pairs of the last axis of x [..., n, e] by angles [n, e / 2]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


def random_words(seed, stream, count):
    """Philox4x32 with ten rounds: four columns of 32-bit words, a row for each four numbers that are asked for."""
    low, high = 0xFFFFFFFF, 32
    blocks = torch.arange((count + 3) // 4, dtype=torch.int64, device=seed.device)
    k0, k1 = (word.to(torch.int64) & low for word in seed)
    c0, c1, c2, c3 = blocks & low, blocks >> high, torch.full_like(blocks, stream & low), torch.zeros_like(blocks)

    def product(a, b):
        """The upper and the lower word of a 64-bit product, by halves: int64 is too narrow by a bit."""
        a0, a1 = a & 0xFFFF, a >> 16
        first, second = a0 * b, a1 * b
        total = (first >> 16) + second
        return total >> 16, ((total & 0xFFFF) << 16) | (first & 0xFFFF)

    for _ in range(10):
        high0, low0 = product(c0, 0xD2511F53)
        high1, low1 = product(c2, 0xCD9E8D57)
        c0, c1, c2, c3 = high1 ^ c1 ^ k0, low1, high0 ^ c3 ^ k1, low0
        k0, k1 = (k0 + 0x9E3779B9) & low, (k1 + 0xBB67AE85) & low
    return torch.stack([c0, c1, c2, c3], dim=-1)


def random_uniform(seed, stream, shape):
    """Numbers in [0, 1) that depend on the seed, the stream and the shape alone."""
    count = int(torch.Size(shape).numel())
    words = random_words(seed, stream, count).flatten()[:count] >> 8
    return (words.double() * 2**-24).float().reshape(shape)


def random_normal(seed, stream, shape):
    """Numbers drawn from N(0, 1) that depend on the seed, the stream and the shape alone, two from each pair of words."""
    count = int(torch.Size(shape).numel())
    words = (random_words(seed, stream, count) >> 8).double().unflatten(-1, (2, 2))
    radius = torch.sqrt(-2 * torch.log((words[..., 0] + 1) * 2**-24))
    angle = 2 * torch.pi * words[..., 1] * 2**-24
    pairs = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=-1)
    return pairs.flatten()[:count].float().reshape(shape)
