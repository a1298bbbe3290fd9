"""Functions that programs use and PyTorch lacks."""

import torch


def rope(x, cos, sin):
    """Rotates consecutive pairs of the last axis of x [..., n, e] by angles [n, e / 2]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


def random_words(seed, stream, count, first=0):
    """Philox4x32 with ten rounds: four columns of 32-bit words, a row for each four numbers, from row `first` on."""
    low, high = 0xFFFFFFFF, 32
    blocks = torch.arange((count + 3) // 4, dtype=torch.int64, device=seed.device) + first
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


def drawn(seed, stream, shape, part, number):
    """The numbers that `number` makes of rows of words, for a part of a draw: parts of one shape lie one after the other."""
    count = int(torch.Size(shape).numel())
    if part is None:
        return number(random_words(seed, stream, count)).flatten()[:count].float().reshape(shape)
    start = part.to(torch.int64) * count
    if count % 4 == 0:
        return number(random_words(seed, stream, count, start // 4)).flatten().float().reshape(shape)
    # A part may begin inside of a row.
    numbers = number(random_words(seed, stream, count + 3, start // 4)).flatten()
    return numbers[start % 4 + torch.arange(count, device=seed.device)].float().reshape(shape)


def random_uniform(seed, stream, shape, part=None):
    """Numbers in [0, 1) that depend on the seed, the stream, the shape and the number of the part alone."""
    return drawn(seed, stream, shape, part, lambda words: (words >> 8).double() * 2**-24)


def random_normal(seed, stream, shape, part=None):
    """Numbers drawn from N(0, 1) that depend on the same, two from each pair of words."""

    def number(words):
        pairs = (words >> 8).double().unflatten(-1, (2, 2))
        radius = torch.sqrt(-2 * torch.log((pairs[..., 0] + 1) * 2**-24))
        angle = 2 * torch.pi * pairs[..., 1] * 2**-24
        return torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], dim=-1)

    return drawn(seed, stream, shape, part, number)


def orthonormal(x):
    """Q of x [..., n, m] = Q R, with a diagonal of R that is not negative."""
    q, r = torch.linalg.qr(x)
    return torch.where(r.diagonal(dim1=-2, dim2=-1) < 0, -1.0, 1.0).unsqueeze(-2) * q
