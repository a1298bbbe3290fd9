"""PixelDiT_T2I, written by Weft from its spec. `load_state_dict` takes weights under the spec's paths."""

import torch
import torch.nn.functional as F
from torch import nn


def rope(x, cos, sin):
    """Rotates consecutive pairs of the last axis of x [..., n, e] by angles [n, e / 2]."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], dim=-1).flatten(-2)


def patchify(image):
    """Non-overlapping patches; a token holds its patch channel by channel, row by row."""
    return image.reshape(-1, 3, 32, 16, 32, 16).permute(0, 2, 4, 1, 3, 5).reshape(-1, 1024, 768)  # [batch, 1024, 768]


def timestep(t):
    """Sinusoidal features [cos | sin] of a number, frequencies from 1 down to 1 / max_period."""
    table = ((torch.arange(128, dtype=torch.float32) * -0.017988946039015984).exp()).to(t.device)
    angles = t[..., None] * table  # [batch, 128]
    return torch.cat([angles.cos(), angles.sin()], dim=-1)  # [batch, 256]


class TextEmbedder(nn.Module):
    """Text features to tokens: a linear layer and a norm."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(2304, 1536)
        self.norm = nn.RMSNorm(1536, eps=1e-6)

    def forward(self, text):
        return self.norm(self.proj(text))


class PatchEmbedder(nn.Module):
    """A linear layer on flattened patches."""

    def __init__(self):
        super().__init__()
        self.proj = nn.Linear(768, 1536)
        nn.init.uniform_(self.proj.weight, -0.0510310363, 0.0510310363)
        nn.init.zeros_(self.proj.bias)

    def forward(self, patches):
        return self.proj(patches)


def modulate(x, shift, scale):
    """AdaLN: scale and shift, both usually from a linear layer on a condition (DiT, section 3.2)."""
    return x * (1 + scale)[:, None] + shift[:, None]


def rope2d():
    """Angles of 2-D rotary embeddings for a grid in raster order. Coordinates run from 0 to `extent` on
    each axis whatever the grid; column 2i turns with x, column 2i+1 with y (PixelDiT, section 3.1).
    """
    frequencies = 10000 ** (torch.arange(16, dtype=torch.float32) * -0.0625)
    x = torch.linspace(0, 16, 32, dtype=torch.float32)[None, :, None] * frequencies  # [1, 32, 16]
    y = torch.linspace(0, 16, 32, dtype=torch.float32)[:, None, None] * frequencies  # [32, 1, 16]
    h = torch.cat([x.expand(32, -1, -1)[..., None], y.expand(-1, 32, -1)[..., None]], dim=-1)  # [32, 32, 16, 2]
    return h.reshape(1024, 32)  # [1024, 32]


def rope1d():
    """Angles of rotary embeddings for tokens in a row, at positions 0, 1, … (RoFormer, section 3.2)."""
    h = 10000 ** (torch.arange(32, dtype=torch.float32) * -0.03125)
    return torch.arange(300, dtype=torch.float32)[..., None] * h  # [300, 32]


class Swiglu(nn.Module):
    """Gated feed-forward w2(silu(w1 x) * w3 x) without biases; two thirds of the usual width keep the
    number of weights.
    """

    def __init__(self):
        super().__init__()
        self.w1 = nn.Linear(1536, 4096, bias=False)
        self.w3 = nn.Linear(1536, 4096, bias=False)
        self.w2 = nn.Linear(4096, 1536, bias=False)

    def forward(self, x):
        return self.w2(F.silu(self.w1(x)) * self.w3(x))


def pixels(image):
    """The pixels of every patch: [patches, pixels of a patch, channels]."""
    return image.reshape(-1, 3, 32, 16, 32, 16).permute(0, 2, 4, 3, 5, 1).reshape(-1, 1024, 256, 3)  # [batch, 1024, 256, 3]


def sincos2d():
    """Fixed sine-cosine table of a grid of positions in raster order: half of the channels from the
    column, half from the row.
    """
    omega = 10000 ** (torch.arange(4, dtype=torch.float32) * -0.25)
    x = (torch.arange(512, dtype=torch.float32)[None, :, None] * omega).expand(512, -1, -1)  # [512, 512, 4]
    y = (torch.arange(512, dtype=torch.float32)[:, None, None] * omega).expand(-1, 512, -1)  # [512, 512, 4]
    return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], dim=-1).flatten(0, 1)  # [262144, 16]


def pixel_table(table):
    """One row of a table per pixel of the image, grouped by patch as `pixels` does."""
    return table.unflatten(0, (32, 16, 32, 16)).transpose(-4, -3).reshape(1024, 256, 16)  # [1024, 256, 16]


class PixelAdaLN(nn.ModuleDict):
    """Groups of shifts, scales and gates for every pixel, made from a condition (PixelDiT, section 3.2):
    pixelwise each pixel has its own, expanded from its patch's semantic token; patchwise the pixels of
    a patch share them; globally all do.
    """

    def __init__(self):
        super().__init__()
        self["0"] = nn.Linear(1536, 24576)

    def forward(self, guide):
        return self["0"](guide).unflatten(-1, (256, 96))


def modulate2(x, shift, scale):
    """AdaLN: scale and shift, both usually from a linear layer on a condition (DiT, section 3.2)."""
    return x * (1 + scale) + shift


def to_windows(x):
    """Pixel tokens by window instead of by patch: windows that a patch is cut into, or that hold several
    whole patches. Windows are in raster order over the image, pixels in raster order in each.
    """
    return x.reshape(-1, 32, 32, 1, 16, 1, 16, 16).permute(0, 1, 3, 2, 5, 4, 6, 7).reshape(-1, 1024, 256, 16)


def rope2d2():
    """Angles of 2-D rotary embeddings for a grid in raster order. Coordinates run from 0 to `extent` on
    each axis whatever the grid; column 2i turns with x, column 2i+1 with y (PixelDiT, section 3.1).
    """
    frequencies = 10000 ** (torch.arange(18, dtype=torch.float32) * -0.05555555555555555)
    x = torch.linspace(0, 16, 32, dtype=torch.float32)[None, :, None] * frequencies  # [1, 32, 18]
    y = torch.linspace(0, 16, 32, dtype=torch.float32)[:, None, None] * frequencies  # [32, 1, 18]
    h = torch.cat([x.expand(32, -1, -1)[..., None], y.expand(-1, 32, -1)[..., None]], dim=-1)  # [32, 32, 18, 2]
    return h.reshape(1024, 36)  # [1024, 36]


def from_windows(x):
    """The inverse of `to_windows`."""
    return x.reshape(-1, 32, 1, 32, 1, 16, 16, 16).permute(0, 1, 3, 2, 5, 4, 6, 7).reshape(-1, 1024, 256, 16)


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
    return x.reshape(-1, 32, 32, 16, 16, 3).permute(0, 5, 1, 3, 2, 4).reshape(-1, 3, 512, 512)  # [batch, 3, 512, 512]


class TimeEmbedder(nn.Module):
    """Time to a condition vector: sinusoidal features, then two linear layers."""

    def __init__(self):
        super().__init__()
        self.mlp = nn.ModuleDict({"0": nn.Linear(256, 1536), "2": nn.Linear(1536, 1536)})
        nn.init.normal_(self.mlp["0"].weight, std=0.02)
        nn.init.normal_(self.mlp["2"].weight, std=0.02)

    def forward(self, t):
        hidden = self.mlp["0"](timestep(t))
        return self.mlp["2"](F.silu(hidden))


class JointAttention(nn.Module):
    """Attention over [text, image] with projections and norms for each stream. Image tokens turn by their
    place in the grid, text tokens by their place in the row; `keys` [m + n] leaves out those that are
    0, for every query.
    """

    def __init__(self):
        super().__init__()
        self.qkv_x = nn.Linear(1536, 4608, bias=False)
        self.qkv_y = nn.Linear(1536, 4608, bias=False)
        self.q_norm_y = nn.RMSNorm(64, eps=1e-6)
        self.q_norm_x = nn.RMSNorm(64, eps=1e-6)
        self.k_norm_y = nn.RMSNorm(64, eps=1e-6)
        self.k_norm_x = nn.RMSNorm(64, eps=1e-6)
        self.proj_y = nn.Linear(1536, 1536)
        self.proj_x = nn.Linear(1536, 1536)
        places = rope2d()  # [1024, 32]
        self.register_buffer("sin", places.sin(), persistent=False)
        self.register_buffer("cos", places.cos(), persistent=False)
        self.register_buffer("rope1d", rope1d(), persistent=False)

    def forward(self, x, y):
        h = self.qkv_x(x)  # [batch, 1024, 4608]
        q_x, k_x, v_x = h.chunk(3, dim=-1)  # each [batch, 1024, 1536]
        h = self.qkv_y(y)  # [batch, text, 4608]
        q_y, k_y, v_y = h.chunk(3, dim=-1)  # each [batch, text, 1536]
        h = self.rope1d[:y.shape[1]]  # [text, 32]
        h = rope(self.q_norm_y(q_y.unflatten(-1, (24, 64)).transpose(-3, -2)), h.cos(), h.sin())
        h2 = rope(self.q_norm_x(q_x.unflatten(-1, (24, 64)).transpose(-3, -2)), self.cos, self.sin)
        q = torch.cat([h, h2], dim=2)  # [batch, 24, 1024 + text, 64]
        h = self.rope1d[:y.shape[1]]  # [text, 32]
        h = rope(self.k_norm_y(k_y.unflatten(-1, (24, 64)).transpose(-3, -2)), h.cos(), h.sin())
        h2 = rope(self.k_norm_x(k_x.unflatten(-1, (24, 64)).transpose(-3, -2)), self.cos, self.sin)
        k = torch.cat([h, h2], dim=2)  # [batch, 24, 1024 + text, 64]
        h = v_y.unflatten(-1, (24, 64)).transpose(-3, -2)
        v = torch.cat([h, v_x.unflatten(-1, (24, 64)).transpose(-3, -2)], dim=2)  # [batch, 24, 1024 + text, 64]
        mixed = F.scaled_dot_product_attention(q, k, v).transpose(-3, -2).flatten(-2)  # [batch, 1024 + text, 1536]
        return self.proj_x(mixed[:, y.shape[1]:]), self.proj_y(mixed[:, :y.shape[1]])


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
        angles = rope2d2()  # [1024, 36]
        self.register_buffer("sin", angles.sin(), persistent=False)
        self.register_buffer("cos", angles.cos(), persistent=False)

    def forward(self, x):
        h = self.qkv(x)  # [batch, 1024, 3456]
        q, k, v = h.chunk(3, dim=-1)  # each [batch, 1024, 1152]
        turned_q = rope(self.q_norm(q.unflatten(-1, (16, 72)).transpose(-3, -2)), self.cos, self.sin)
        turned_k = rope(self.k_norm(k.unflatten(-1, (16, 72)).transpose(-3, -2)), self.cos, self.sin)
        mixed = F.scaled_dot_product_attention(turned_q, turned_k, v.unflatten(-1, (16, 72)).transpose(-3, -2))
        return self.proj(mixed.transpose(-3, -2).flatten(-2))


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


class MMDiT(nn.Module):
    """MM-DiT block (Stable Diffusion 3, section 4): image tokens x and text tokens y, each with AdaLN from
    the same condition.
    """

    def __init__(self):
        super().__init__()
        self.adaLN_modulation_img = nn.ModuleList([nn.Linear(1536, 9216)])
        self.adaLN_modulation_txt = nn.ModuleList([nn.Linear(1536, 9216)])
        self.norm_x1 = nn.RMSNorm(1536, eps=1e-6)
        self.norm_y1 = nn.RMSNorm(1536, eps=1e-6)
        self.attn = JointAttention()
        self.norm_x2 = nn.RMSNorm(1536, eps=1e-6)
        self.mlp_x = Swiglu()
        self.norm_y2 = nn.RMSNorm(1536, eps=1e-6)
        self.mlp_y = Swiglu()

    def forward(self, x, y, cond):
        h = self.adaLN_modulation_img[0](cond)
        shift_x1, scale_x1, gate_x1, shift_x2, scale_x2, gate_x2 = h.chunk(6, dim=-1)  # each [batch, 1536]
        h = self.adaLN_modulation_txt[0](cond)
        shift_y1, scale_y1, gate_y1, shift_y2, scale_y2, gate_y2 = h.chunk(6, dim=-1)  # each [batch, 1536]
        in_x = modulate(self.norm_x1(x), shift_x1, scale_x1)
        in_y = modulate(self.norm_y1(y), shift_y1, scale_y1)
        out_x, out_y = self.attn(in_x, in_y)
        x = x + gate_x1[:, None] * out_x
        y = y + gate_y1[:, None] * out_y
        img = x + gate_x2[:, None] * self.mlp_x(modulate(self.norm_x2(x), shift_x2, scale_x2))
        return img, y + gate_y2[:, None] * self.mlp_y(modulate(self.norm_y2(y), shift_y2, scale_y2))


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
        ada_0, ada_1, ada_2, ada_3, ada_4, ada_5 = adaLN_modulation.chunk(6, dim=-1)  # each [batch, 1024, 256, 16]
        z = self.compress_to_attn(modulate2(self.norm1(x), ada_0, ada_1))
        x = x + ada_2 * self.expand_from_attn(self.attn(z))
        return x + ada_5 * self.mlp(modulate2(self.norm2(x), ada_3, ada_4))


class PixelDiT_T2I(nn.Module):
    """MM-DiT blocks for meaning, the pixel pathway of PixelDiT for detail: text never reaches a pixel but
    through its patch. Time is 1000 times sigma, noise at 1. Any number of text tokens up to
    `text_length`; `text_mask` adds the input that takes padding out of attention, which the official
    model attends to. With a `vocabulary` the text is numbers of words, whose features are learned in a
    table of as many rows; without one it is features.
    """

    def __init__(self):
        super().__init__()
        self.t_embedder = TimeEmbedder()
        self.y_embedder = TextEmbedder()
        self.y_pos_embedding = nn.Parameter(torch.empty(1, 300, 1536))
        self.s_embedder = PatchEmbedder()
        self.patch_blocks = nn.ModuleList(MMDiT() for _ in range(14))
        self.pixel_embedder = PixelEmbedder()
        self.pixel_blocks = nn.ModuleList(PiT() for _ in range(2))
        self.final_layer = FinalLayer()
        nn.init.normal_(self.y_pos_embedding, std=1)

    def forward(self, x_t, t, text):
        t_emb = self.t_embedder(t)
        c = F.silu(t_emb)
        y_emb = self.y_embedder(text) + self.y_pos_embedding.reshape(300, 1536)[:text.shape[1]]
        image = self.s_embedder(patchify(x_t))
        y = y_emb
        for block in self.patch_blocks:
            image, y = block(image, y, c)
        s_cond = F.silu(t_emb[:, None] + image)
        pixel = self.pixel_embedder(x_t)
        for block in self.pixel_blocks:
            pixel = block(pixel, s_cond)
        return unpatchify(self.final_layer(pixel))
