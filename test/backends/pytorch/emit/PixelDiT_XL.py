"""PixelDiT_XL, written by Weft from its spec. `load_state_dict` takes weights under the spec's paths."""

import torch
import torch.nn.functional as F
from torch import nn


def rope(x, cos, sin):
    """Rotates consecutive pairs of the last axis of x [..., n, e] by angles [n, e / 2]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


def patchify(image):
    """Non-overlapping patches; a token holds its patch channel by channel, row by row."""
    return image.reshape(-1, 3, 16, 16, 16, 16).permute(0, 2, 4, 1, 3, 5).reshape(-1, 256, 768)  # [batch, 256, 768]


def timestep(t):
    """Sinusoidal features [cos | sin] of a number, frequencies from 1 down to 1 / max_period."""
    table = ((torch.arange(128, dtype=torch.float32) * -0.017988946039015984).exp()).to(t.device)
    angles = t[..., None] * table  # [batch, 128]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)  # [batch, 256]


class LabelEmbedder(nn.Module):
    """A row of a table per class, and one more for "no class"."""

    def __init__(self):
        super().__init__()
        self.embedding_table = nn.Embedding(1001, 1152)
        nn.init.normal_(self.embedding_table.weight, std=0.02)

    def forward(self, label):
        return self.embedding_table(label)


class PatchEmbedder(nn.Module):
    """A linear layer on flattened patches."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(768, 1152)
        nn.init.uniform_(self.proj.weight, -0.0559016994, 0.0559016994)
        nn.init.zeros_(self.proj.bias)

    def forward(self, patches):
        return self.proj(patches)


class AdaLN(nn.ModuleDict):
    """The linear layer that makes shifts, scales and gates from a condition; zero at first, so that a
    block starts as identity.
    """

    def __init__(self):
        super().__init__()
        self["0"] = nn.Linear(1152, 6912)
        nn.init.zeros_(self["0"].weight)
        nn.init.zeros_(self["0"].bias)

    def forward(self, cond):
        return self["0"](cond)


def modulate(x, shift, scale):
    """AdaLN: scale and shift, both usually from a linear layer on a condition (DiT, section 3.2)."""
    return x * (1 + scale)[:, None] + shift[:, None]


def rope2d():
    """Angles of 2-D rotary embeddings for a grid in raster order. Coordinates run from 0 to `extent` on
    each axis whatever the grid; column 2i turns with x, column 2i+1 with y (PixelDiT, section 3.1).
    """
    frequencies = 10000 ** (torch.arange(18, dtype=torch.float32) * -0.05555555555555555)
    x = torch.linspace(0, 16, 16, dtype=torch.float32)[None, :, None] * frequencies  # [1, 16, 18]
    y = torch.linspace(0, 16, 16, dtype=torch.float32)[:, None, None] * frequencies  # [16, 1, 18]
    h = torch.cat([x.expand(16, -1, -1)[..., None], y.expand(-1, 16, -1)[..., None]], dim=-1)  # [16, 16, 18, 2]
    return h.reshape(256, 36)  # [256, 36]


class Swiglu(nn.Module):
    """Gated feed-forward w2(silu(w1 x) * w3 x) without biases; two thirds of the usual width keep the
    number of weights.
    """

    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(1152, 3072, bias=False)
        self.w3 = nn.Linear(1152, 3072, bias=False)
        self.w2 = nn.Linear(3072, 1152, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


def pixels(image):
    """The pixels of every patch: [patches, pixels of a patch, channels]."""
    return image.reshape(-1, 3, 16, 16, 16, 16).permute(0, 2, 4, 3, 5, 1).reshape(-1, 256, 256, 3)  # [batch, 256, 256, 3]


def sincos2d():
    """Fixed sine-cosine table of a grid of positions in raster order: half of the channels from the
    column, half from the row.
    """
    omega = 10000 ** (torch.arange(4, dtype=torch.float32) * -0.25)
    x = (torch.arange(256, dtype=torch.float32)[None, :, None] * omega).expand(256, -1, -1)  # [256, 256, 4]
    y = (torch.arange(256, dtype=torch.float32)[:, None, None] * omega).expand(-1, 256, -1)  # [256, 256, 4]
    return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], dim=-1).flatten(0, 1)  # [65536, 16]


def pixel_table(table):
    """One row of a table per pixel of the image, grouped by patch as `pixels` does."""
    return table.unflatten(0, (16, 16, 16, 16)).transpose(-4, -3).reshape(256, 256, 16)  # [256, 256, 16]


class PixelAdaLN(nn.ModuleDict):
    """Groups of shifts, scales and gates for every pixel, made from a condition (PixelDiT, section 3.2):
    pixelwise each pixel has its own, expanded from its patch's semantic token; patchwise the pixels of
    a patch share them; globally all do.
    """

    def __init__(self):
        super().__init__()
        self["0"] = nn.Linear(1152, 24576)
        nn.init.zeros_(self["0"].weight)
        nn.init.zeros_(self["0"].bias)

    def forward(self, guide):
        return self["0"](guide).unflatten(-1, (256, 96))


def modulate2(x, shift, scale):
    """AdaLN: scale and shift, both usually from a linear layer on a condition (DiT, section 3.2)."""
    return x * (1 + scale) + shift


def to_windows(x):
    """Pixel tokens by window instead of by patch: windows that a patch is cut into, or that hold several
    whole patches. Windows are in raster order over the image, pixels in raster order in each.
    """
    return x.reshape(-1, 16, 16, 1, 16, 1, 16, 16).permute(0, 1, 3, 2, 5, 4, 6, 7).reshape(-1, 256, 256, 16)


def from_windows(x):
    """The inverse of `to_windows`."""
    return x.reshape(-1, 16, 1, 16, 1, 16, 16, 16).permute(0, 1, 3, 2, 5, 4, 6, 7).reshape(-1, 256, 256, 16)


class Mlp(nn.Module):
    """Two linear layers with biases around an activation."""

    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(16, 64)
        self.fc2 = nn.Linear(64, 16)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class FinalLayer(nn.Module):
    """Norm and linear map from pixel tokens to channels."""

    def __init__(self):
        super().__init__()
        self.norm = nn.RMSNorm(16, eps=1e-6)
        self.linear = nn.Linear(16, 3)
        nn.init.zeros_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x):
        return self.linear(self.norm(x))


def unpatchify(x):
    """The inverse of `pixels`."""
    return x.reshape(-1, 16, 16, 16, 16, 3).permute(0, 5, 1, 3, 2, 4).reshape(-1, 3, 256, 256)  # [batch, 3, 256, 256]


class TimeEmbedder(nn.Module):
    """Time to a condition vector: sinusoidal features, then two linear layers."""

    def __init__(self):
        super().__init__()
        self.mlp = nn.ModuleDict({"0": nn.Linear(256, 1152), "2": nn.Linear(1152, 1152)})
        nn.init.normal_(self.mlp["0"].weight, std=0.02)
        nn.init.normal_(self.mlp["2"].weight, std=0.02)

    def forward(self, t):
        hidden = self.mlp["0"](timestep(t))
        return self.mlp["2"](F.silu(hidden))


class Attention(nn.Module):
    """Self-attention over the tokens of a grid: joint q, k, v projection, RMSNorm of q and k per head, 2-D
    rotation.
    """

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(1152, 3456, bias=False)
        self.q_norm = nn.RMSNorm(72, eps=1e-6)
        self.k_norm = nn.RMSNorm(72, eps=1e-6)
        self.proj = nn.Linear(1152, 1152)
        angles = rope2d()  # [256, 36]
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.register_buffer("cos", angles.cos(), persistent=False)

    def forward(self, x):
        h = self.qkv(x)  # [batch, 256, 3456]
        q, k, v = h.chunk(3, dim=-1)  # each [batch, 256, 1152]
        turned_q = rope(self.q_norm(q.unflatten(-1, (16, 72)).transpose(-3, -2)), self.cos, self.sin)
        turned_k = rope(self.k_norm(k.unflatten(-1, (16, 72)).transpose(-3, -2)), self.cos, self.sin)
        mixed = F.scaled_dot_product_attention(turned_q, turned_k, v.unflatten(-1, (16, 72)).transpose(-3, -2))
        return self.proj(mixed.transpose(-3, -2).flatten(-2))


class PixelEmbedder(nn.Module):
    """One token per pixel, grouped by patch: a linear layer on its channels, plus a fixed position table
    of the whole image.
    """

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(3, 16)
        self.register_buffer("pixel_table", pixel_table(sincos2d()), persistent=False)

    def forward(self, image):
        return self.proj(pixels(image)) + self.pixel_table


class Compact(nn.Module):
    """The pixels of a window become one token `width` wide. `flatten` is a learnable linear map of all of
    them, all channels; `average` maps their mean. A ratio of a whole patch gives one token per patch.
    """

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1152, 4096))
        self.bias = nn.Parameter(torch.empty(1152))
        nn.init.uniform_(self.weight, -0.015625, 0.015625)
        nn.init.uniform_(self.bias, -0.015625, 0.015625)

    def forward(self, x):
        return F.linear(to_windows(x).flatten(-2), self.weight, self.bias)


class Expand(nn.Module):
    """The way back: one linear map per token to the pixels of its window; with `average` all of them get
    the same.
    """

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(4096, 1152))
        self.bias = nn.Parameter(torch.empty(4096))
        nn.init.uniform_(self.weight, -0.0294627825, 0.0294627825)
        nn.init.uniform_(self.bias, -0.0294627825, 0.0294627825)

    def forward(self, x):
        return from_windows(F.linear(x, self.weight, self.bias).unflatten(-1, (256, 16)))


class DiT(nn.Module):
    """DiT block: one AdaLN for all tokens, from one condition vector (PixelDiT, section 3.1)."""

    def __init__(self):
        super().__init__()
        self.adaLN_modulation = AdaLN()
        self.norm1 = nn.RMSNorm(1152, eps=1e-6)
        self.attn = Attention()
        self.norm2 = nn.RMSNorm(1152, eps=1e-6)
        self.mlp = Swiglu()

    def forward(self, x, cond):
        adaLN_modulation = self.adaLN_modulation(cond)
        shift1, scale1, gate1, shift2, scale2, gate2 = adaLN_modulation.chunk(6, dim=-1)  # each [batch, 1152]
        x = x + gate1[:, None] * self.attn(modulate(self.norm1(x), shift1, scale1))
        return x + gate2[:, None] * self.mlp(modulate(self.norm2(x), shift2, scale2))


class PiT(nn.Module):
    """PiT block: attention on compacted tokens and a feed-forward layer, both under pixelwise AdaLN.
    `post` modulates what the branches give instead of what they take, without gates. Without attention
    the block still makes the AdaLN groups and the norm that attention would use, as the paper counts
    it, unless `groups` is `used`.
    """

    def __init__(self):
        super().__init__()
        self.adaLN_modulation = PixelAdaLN()
        self.norm1 = nn.RMSNorm(16, eps=1e-6)
        self.compress_to_attn = Compact()
        self.attn = Attention()
        self.expand_from_attn = Expand()
        self.norm2 = nn.RMSNorm(16, eps=1e-6)
        self.mlp = Mlp()

    def forward(self, x, guide):
        adaLN_modulation = self.adaLN_modulation(guide)
        ada_0, ada_1, ada_2, ada_3, ada_4, ada_5 = adaLN_modulation.chunk(6, dim=-1)  # each [batch, 256, 256, 16]
        z = self.compress_to_attn(modulate2(self.norm1(x), ada_0, ada_1))
        x = x + ada_2 * self.expand_from_attn(self.attn(z))
        return x + ada_5 * self.mlp(modulate2(self.norm2(x), ada_3, ada_4))


class PixelDiT_XL(nn.Module):
    """A patch pathway for meaning, a pixel pathway for detail. The defaults are XL: 797 M parameters."""

    def __init__(self):
        super().__init__()
        self.t_embedder = TimeEmbedder()
        self.y_embedder = LabelEmbedder()
        self.s_embedder = PatchEmbedder()
        self.patch_blocks = nn.ModuleList(DiT() for _ in range(26))
        self.pixel_embedder = PixelEmbedder()
        self.pixel_blocks = nn.ModuleList(PiT() for _ in range(4))
        self.final_layer = FinalLayer()

    def forward(self, x_t, t, y):
        t_emb = self.t_embedder(t)
        c = F.silu(t_emb + self.y_embedder(y))
        semantic = self.s_embedder(patchify(x_t))
        for block in self.patch_blocks:
            semantic = block(semantic, c)
        s_cond = F.silu(t_emb[:, None] + semantic)
        pixel = self.pixel_embedder(x_t)
        for block in self.pixel_blocks:
            pixel = block(pixel, s_cond)
        return unpatchify(self.final_layer(pixel))
