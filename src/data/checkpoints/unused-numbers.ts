/** Finds numbers of a PyTorch file that no tensor in its tables uses, although they lie beside numbers that a tensor uses. */
// Tested by test/regressions/damaged-files.test.ts.
import { printable } from '../../compiler/diagnostics/printable';
import { counted } from '../../compiler/diagnostics/counted';
import type { TableEntry } from './state-dicts';
import { TorchTensor, torchWidths } from './torch-tensor';

/**
 * The note about them; null if there are none. PyTorch saves the whole storage that a tensor is cut from, so such a file may be
 * undamaged; but a damaged shape, which has no checksum, looks the same.
 */
export function unusedNumbers(tables: ReadonlyMap<string, ReadonlyMap<string, TableEntry>>): string | null {
  const reached = new Map<string, { end: number; readonly bytes: number; readonly name: string }>();
  for (const table of tables.values()) {
    for (const [name, tensor] of table) {
      if (!(tensor instanceof TorchTensor) || tensor.count === 0) continue;
      const { key, bytes, offset } = tensor.storage;
      const { start, length } = tensor.extent();
      const storage = `${key} ${offset}`;
      const known = reached.get(storage) ?? { end: 0, bytes, name };
      known.end = Math.max(known.end, (start + length) * torchWidths[tensor.dtype]);
      reached.set(storage, known);
    }
  }
  const short = [...reached.values()].filter(({ end, bytes }) => end < bytes);
  if (short.length === 0) return null;
  const unused = short.reduce((sum, { end, bytes }) => sum + bytes - end, 0);
  const [{ name }] = short;
  const tensors = short.length === 1 ? `"${printable(name)}"` : `"${printable(name)}" and ${short.length - 1} others`;
  return (
    `beside ${tensors} it holds ${counted(unused, 'byte')} that no tensor uses: ` +
    'either they were cut from larger tensors before they were saved, or the file is damaged'
  );
}
