/** Recognises files that are called safetensors but are something else, and says what they are. */
// Tested by test/data/safetensors.test.ts.

interface Kind {
  readonly what: string;
  readonly fix: string;
  readonly matches: (start: Uint8Array, text: string) => boolean;
}

const convert =
  'Convert it, for example with safetensors.torch.save_file(torch.load(path), "weights.safetensors") in Python.';

const kinds: readonly Kind[] = [
  {
    what: 'a Git LFS pointer: a note of where the weights are, not the weights',
    fix: 'Fetch the file itself with `git lfs pull`.',
    matches: (_, text) => text.startsWith('version https://git-lfs'),
  },
  {
    what: 'a web page',
    fix: 'The download gave a page (a login or an error?) in place of the file; open it to see, and download again.',
    matches: (_, text) => /^\s*<(!doctype|html|\?xml|head)/i.test(text),
  },
  {
    what: 'a zip archive, as PyTorch (.pt, .pth, .ckpt) and NumPy (.npz) write',
    fix: convert,
    matches: (_, text) => text.startsWith('PK\x03\x04') || text.startsWith('PK\x05\x06'),
  },
  {
    what: 'a Python pickle, as older versions of PyTorch write',
    fix: convert,
    matches: (start) => start[0] === 0x80 && start[1] >= 2 && start[1] <= 5,
  },
  {
    what: 'plain JSON text',
    fix: 'Name the .safetensors file; an index of shards must be called NAME.index.json.',
    matches: (_, text) => /^\s*[{[]\s*["{[\]}]/.test(text),
  },
  {
    what: 'a GGUF file',
    fix: 'Use the safetensors file of the same model.',
    matches: (_, text) => text.startsWith('GGUF'),
  },
  {
    what: 'an ONNX model',
    fix: 'Its weights are not read from there: name the file of weights that it was made from.',
    // The version of the format, below 128, and then the field of the producer's name, of the opsets or of the graph.
    matches: (start) => start[0] === 0x08 && start[1] > 0 && start[1] < 0x80 && [0x12, 0x3a, 0x42].includes(start[2]),
  },
  {
    what: 'an HDF5 file',
    fix: convert,
    matches: (start) => start[0] === 0x89 && start[1] === 0x48 && start[2] === 0x44,
  },
  { what: 'a NumPy array', fix: convert, matches: (_, text) => text.startsWith('\x93NUMPY') },
  { what: 'a gzip archive', fix: 'Unpack it first.', matches: (start) => start[0] === 0x1f && start[1] === 0x8b },
  {
    what: 'an image',
    fix: 'Name the weights file.',
    matches: (_, text) => text.startsWith('\x89PNG') || text.startsWith('\xff\xd8\xff'),
  },
  {
    what: 'all zero bytes where it should begin',
    fix: 'The download was probably cut off after its space had been set aside; download it again.',
    matches: (start) => start.length >= 8 && start.every((b) => b === 0),
  },
];

/** The likely kind of a file, by its first bytes, and what to do about it; null if nothing is recognised. */
export function recognise(start: Uint8Array): { what: string; fix: string } | null {
  const text = Buffer.from(start).toString('latin1');
  return kinds.find((kind) => kind.matches(start, text)) ?? null;
}
