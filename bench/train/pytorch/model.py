"""PixelDiT, class-conditional, in plain PyTorch: the model that the benchmark's other peers train too.

Submodules are named so that `state_dict()` has the weights' names of the problem file.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


def rope_2d(rows: int, columns: int, head_dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosines and sines of the rotation, [rows * columns, head_dim / 2]: pair 2i turns with x, pair 2i + 1 with y."""
    frequencies = 10000.0 ** (-torch.arange(head_dim // 4, dtype=torch.float32) * 4 / head_dim)
    x = torch.linspace(0, 16, columns)[None, :, None] * frequencies
    y = torch.linspace(0, 16, rows)[:, None, None] * frequencies
    shape = (rows, columns, head_dim // 4)
    angles = torch.stack([x.expand(shape), y.expand(shape)], dim=-1).reshape(rows * columns, head_dim // 2)
    return angles.cos(), angles.sin()


def sincos_2d(rows: int, columns: int, width: int) -> torch.Tensor:
    """The fixed position table, [rows * columns, width]: x in the first half, y in the second, sines before cosines."""
    omega = 10000.0 ** (-torch.arange(width // 4, dtype=torch.float64) / (width / 4))
    x = torch.arange(columns, dtype=torch.float64)[None, :, None] * omega
    y = torch.arange(rows, dtype=torch.float64)[:, None, None] * omega
    parts = [part.expand(rows, columns, width // 4) for part in (x.sin(), x.cos(), y.sin(), y.cos())]
    return torch.cat(parts, dim=-1).reshape(rows * columns, width).float()


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Turns consecutive pairs of the last axis of [batch, heads, tokens, head_dim]."""
    a, b = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([a * cos - b * sin, a * sin + b * cos], dim=-1).flatten(-2)


def modulate(x: torch.Tensor, shift: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return x * (1 + scale) + shift


class RMSNorm(nn.Module):
    """Root-mean-square norm with its statistics in float32."""

    def __init__(self, width: int):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.rms_norm(x.float(), self.weight.shape, self.weight, 1e-6).to(x.dtype)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.q_norm = RMSNorm(width // heads)
        self.k_norm = RMSNorm(width // heads)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
        batch, tokens, width = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q = rotate(self.q_norm(q), cos, sin).to(v.dtype)
        k = rotate(self.k_norm(k), cos, sin).to(v.dtype)
        y = F.scaled_dot_product_attention(q, k, v)
        return self.proj(y.transpose(1, 2).reshape(batch, tokens, width))


class SwiGLU(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        hidden = 2 * (4 * width) // 3
        self.w1 = nn.Linear(width, hidden, bias=False)
        self.w2 = nn.Linear(hidden, width, bias=False)
        self.w3 = nn.Linear(width, hidden, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


class MLP(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class DiTBlock(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.norm1 = RMSNorm(width)
        self.attn = Attention(width, heads)
        self.norm2 = RMSNorm(width)
        self.mlp = SwiGLU(width)
        self.adaLN_modulation = nn.Sequential(nn.Linear(width, 6 * width))

    def forward(self, x, condition, cos, sin):
        shift1, scale1, gate1, shift2, scale2, gate2 = self.adaLN_modulation(condition).chunk(6, dim=-1)
        x = x + gate1 * self.attn(modulate(self.norm1(x), shift1, scale1), cos, sin)
        return x + gate2 * self.mlp(modulate(self.norm2(x), shift2, scale2))


class PiTBlock(nn.Module):
    def __init__(self, width: int, heads: int, pixels: int, pixel_width: int):
        super().__init__()
        self.norm1 = RMSNorm(pixel_width)
        self.compress_to_attn = nn.Linear(pixels * pixel_width, width)
        self.attn = Attention(width, heads)
        self.expand_from_attn = nn.Linear(width, pixels * pixel_width)
        self.norm2 = RMSNorm(pixel_width)
        self.mlp = MLP(pixel_width)
        self.adaLN_modulation = nn.Sequential(nn.Linear(width, 6 * pixel_width * pixels))

    def forward(self, x, guide, cos, sin):
        """x: [batch * patches, pixels, pixel_width], guide: [batch * patches, width]."""
        count, pixels, pixel_width = x.shape
        patches = cos.shape[0]
        ada = self.adaLN_modulation(guide).reshape(count, pixels, 6 * pixel_width)
        shift1, scale1, gate1, shift2, scale2, gate2 = ada.chunk(6, dim=-1)
        tokens = self.compress_to_attn(modulate(self.norm1(x), shift1, scale1).flatten(1))
        attended = self.attn(tokens.unflatten(0, (-1, patches)), cos, sin).flatten(0, 1)
        x = x + gate1 * self.expand_from_attn(attended).reshape(x.shape)
        return x + gate2 * self.mlp(modulate(self.norm2(x), shift2, scale2))


class TimeEmbedder(nn.Module):
    """A time in [0, 1] as [cos | sin] features of period up to 10, through a small network."""

    features = 256

    def __init__(self, width: int):
        super().__init__()
        self.mlp = nn.Sequential(nn.Linear(self.features, width), nn.SiLU(), nn.Linear(width, width))
        half = self.features // 2
        frequencies = torch.exp(-math.log(10) * torch.arange(half, dtype=torch.float32) / half)
        self.register_buffer("frequencies", frequencies, persistent=False)

    def forward(self, t: torch.Tensor) -> torch.Tensor:
        angles = t[:, None] * self.frequencies
        return self.mlp(torch.cat([angles.cos(), angles.sin()], dim=-1))


class Named(nn.Module):
    """One layer under one name, as `s_embedder.proj`."""

    def __init__(self, **layers: nn.Module):
        super().__init__()
        for name, layer in layers.items():
            setattr(self, name, layer)


class PixelDiT(nn.Module):
    def __init__(self, model: dict):
        super().__init__()
        size, patch, width, heads = model["size"], model["patch"], model["width"], model["heads"]
        pixel_width, pixels, grid = model["pixelWidth"], patch * patch, size // patch
        self.size, self.patch = size, patch
        self.s_embedder = Named(proj=nn.Linear(3 * pixels, width))
        self.t_embedder = TimeEmbedder(width)
        self.y_embedder = Named(embedding_table=nn.Embedding(model["classes"] + 1, width))
        self.pixel_embedder = Named(proj=nn.Linear(3, pixel_width))
        self.patch_blocks = nn.ModuleList(DiTBlock(width, heads) for _ in range(model["depth"]))
        self.pixel_blocks = nn.ModuleList(
            PiTBlock(width, heads, pixels, pixel_width) for _ in range(model["pixelDepth"])
        )
        self.final_layer = Named(norm=RMSNorm(pixel_width), linear=nn.Linear(pixel_width, 3))
        cos, sin = rope_2d(grid, grid, width // heads)
        table = sincos_2d(size, size, pixel_width).reshape(1, grid, patch, grid, patch, pixel_width)
        positions = table.transpose(2, 3).reshape(1, grid * grid, pixels, pixel_width)
        for name, value in {"cos": cos, "sin": sin, "positions": positions}.items():
            self.register_buffer(name, value, persistent=False)

    def forward(self, x: torch.Tensor, t: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        batch, grid, patch = x.shape[0], self.size // self.patch, self.patch
        # [batch, 3, rows, patch, columns, patch]
        cut = x.reshape(batch, 3, grid, patch, grid, patch)
        time = self.t_embedder(t)[:, None]
        condition = F.silu(time + self.y_embedder.embedding_table(y)[:, None])

        s = self.s_embedder.proj(cut.permute(0, 2, 4, 1, 3, 5).reshape(batch, grid * grid, -1))
        for block in self.patch_blocks:
            s = block(s, condition, self.cos, self.sin)
        guide = F.silu(time + s).flatten(0, 1)

        colours = cut.permute(0, 2, 4, 3, 5, 1).reshape(batch, grid * grid, patch * patch, 3)
        p = (self.pixel_embedder.proj(colours) + self.positions).flatten(0, 1)
        for block in self.pixel_blocks:
            p = block(p, guide, self.cos, self.sin)

        v = self.final_layer.linear(self.final_layer.norm(p)).reshape(batch, grid, grid, patch, patch, 3)
        return v.permute(0, 5, 1, 3, 2, 4).reshape(x.shape)
