/**
 * The accelerators that `weft plan` knows. Every figure comes from the vendor, named in `source`. Rates of matrix products are
 * dense: datasheets often print twice as much, "with sparsity". Rates in f32 are those of plain FP32 units, because a recipe
 * in f32 does not ask for TF32.
 */
// Tested by test/layouts/machine.test.ts.

export interface Device {
  /** Its name for `--device`. */
  readonly name: string;
  readonly title: string;
  /** GB (10⁹ bytes), from the datasheet. Cards report slightly more; drivers and libraries use the difference. */
  readonly memory: number;
  /** Memory bandwidth, in GB/s. */
  readonly bandwidth: number;
  /** Dense rate of matrix products, in TFLOPS. */
  readonly tflops: { readonly bf16: number; readonly f32: number };
  /** GB/s that a device sends to others of its node while it receives as much: half of the sum printed in datasheets. */
  readonly link: { readonly name: string; readonly rate: number };
  /** Network rate for each device in the vendor's own system of eight, in Gb/s; null if the vendor has no such system for this card. */
  readonly network: { readonly rate: number; readonly source: string } | null;
  readonly source: string;
}

/** Devices in one node of the vendors' systems. */
export const devicesPerNode = 8;

const dgxH100 = { rate: 400, source: 'NVIDIA DGX H100 datasheet: 8 ConnectX-7 of 400 Gb/s for 8 GPUs' };
const dgxA100 = { rate: 200, source: 'NVIDIA DGX A100 datasheet: 8 ConnectX of 200 Gb/s for 8 GPUs' };

export const devices: readonly Device[] = [
  {
    name: 'h100',
    title: 'NVIDIA H100 SXM 80 GB',
    memory: 80,
    bandwidth: 3350,
    tflops: { bf16: 989.4, f32: 66.9 },
    link: { name: 'NVLink 4', rate: 450 },
    network: dgxH100,
    source:
      'NVIDIA H100 datasheet (memory, bandwidth, NVLink 900 GB/s both ways); H100 architecture whitepaper (dense rates)',
  },
  {
    name: 'h100-pcie',
    title: 'NVIDIA H100 PCIe 80 GB',
    memory: 80,
    bandwidth: 2000,
    tflops: { bf16: 756, f32: 51 },
    link: { name: 'PCIe 5 x16', rate: 64 },
    network: null,
    source:
      'NVIDIA H100 datasheet (1,513 TFLOPS with sparsity, 2 TB/s, PCIe 128 GB/s both ways; NVLink bridges join pairs only)',
  },
  {
    name: 'h200',
    title: 'NVIDIA H200 SXM 141 GB',
    memory: 141,
    bandwidth: 4800,
    tflops: { bf16: 989.4, f32: 66.9 },
    link: { name: 'NVLink 4', rate: 450 },
    network: { rate: 400, source: 'NVIDIA DGX H200 datasheet: 8 ConnectX-7 of 400 Gb/s for 8 GPUs' },
    source: 'NVIDIA H200 datasheet (141 GB, 4.8 TB/s, NVLink 900 GB/s both ways); its chip computes as the H100 SXM',
  },
  {
    name: 'a100',
    title: 'NVIDIA A100 SXM 80 GB',
    memory: 80,
    bandwidth: 2039,
    tflops: { bf16: 312, f32: 19.5 },
    link: { name: 'NVLink 3', rate: 300 },
    network: dgxA100,
    source: 'NVIDIA A100 datasheet (312 TFLOPS dense, 2,039 GB/s, NVLink 600 GB/s both ways)',
  },
  {
    name: 'a100-40gb',
    title: 'NVIDIA A100 SXM 40 GB',
    memory: 40,
    bandwidth: 1555,
    tflops: { bf16: 312, f32: 19.5 },
    link: { name: 'NVLink 3', rate: 300 },
    network: dgxA100,
    source: 'NVIDIA A100 datasheet (312 TFLOPS dense, 1,555 GB/s, NVLink 600 GB/s both ways)',
  },
  {
    name: 'b200',
    title: 'NVIDIA B200 SXM 180 GB',
    memory: 180,
    bandwidth: 8000,
    tflops: { bf16: 2250, f32: 75 },
    link: { name: 'NVLink 5', rate: 900 },
    network: { rate: 400, source: 'NVIDIA DGX B200 datasheet: 400 Gb/s for each of 8 GPUs' },
    source:
      'NVIDIA DGX B200 datasheet (1,440 GB and 64 TB/s for 8); HGX B200 page (36 PFLOPS bf16 with sparsity and 600 TFLOPS f32 for 8, NVLink 1.8 TB/s both ways)',
  },
  {
    name: 'l40s',
    title: 'NVIDIA L40S 48 GB',
    memory: 48,
    bandwidth: 864,
    tflops: { bf16: 362.05, f32: 91.6 },
    link: { name: 'PCIe 4 x16', rate: 32 },
    network: null,
    source: 'NVIDIA L40S datasheet (362.05 TFLOPS dense, 864 GB/s, PCIe 64 GB/s both ways)',
  },
  {
    name: 'rtx-4090',
    title: 'NVIDIA GeForce RTX 4090 24 GB',
    memory: 24,
    bandwidth: 1008,
    tflops: { bf16: 165.2, f32: 82.6 },
    link: { name: 'PCIe 4 x16', rate: 32 },
    network: null,
    source: 'NVIDIA Ada GPU architecture whitepaper (bf16 with f32 sums, dense); the bus is that of PCIe 4 x16',
  },
  {
    name: 'rtx-5090',
    title: 'NVIDIA GeForce RTX 5090 32 GB',
    memory: 32,
    bandwidth: 1792,
    tflops: { bf16: 209.5, f32: 104.8 },
    link: { name: 'PCIe 5 x16', rate: 64 },
    network: null,
    source:
      'NVIDIA RTX Blackwell GPU architecture whitepaper (bf16 with f32 sums, dense); the bus is that of PCIe 5 x16',
  },
];
