import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { WeftError } from '../../../src/compiler/diagnostics/diagnostic';
import { readSafetensors } from '../../../src/data/safetensors';
import { withTemporaryFolder } from '../../../src/files/atomic';

/** Whether a file is read, or refused with words for a person; any other error is thrown on. */
async function outcome(path: string, bytes: Uint8Array): Promise<'read' | 'refused'> {
  await writeFile(path, bytes);
  try {
    await readSafetensors(path);
    return 'read';
  } catch (error) {
    if (error instanceof WeftError) return 'refused';
    throw error;
  }
}

const anyBytes = fc.uint8Array({ maxLength: 200 });
const jsonFile = fc.tuple(fc.json(), anyBytes).map(([json, data]) => file(json, data));
const offset = fc.oneof(fc.nat(40), fc.integer(), fc.double(), fc.constant(2 ** 53));
const tensors = fc.dictionary(
  fc.string(),
  fc.record(
    {
      dtype: fc.constantFrom('F32', 'F16', 'I64', 'U8', 'BOOL', 'F8', ''),
      shape: fc.array(offset, { maxLength: 3 }),
      data_offsets: fc.array(offset, { maxLength: 3 }),
    },
    { requiredKeys: [] },
  ),
);
const nearlyRight = fc.tuple(tensors, anyBytes).map(([t, data]) => file(JSON.stringify(t), data));

function file(json: string, data: Uint8Array): Uint8Array {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(Buffer.byteLength(json)));
  return Buffer.concat([length, Buffer.from(json), data]);
}

it('reads or refuses any bytes, and never fails otherwise', () =>
  withTemporaryFolder((folder) =>
    fc.assert(
      fc.asyncProperty(fc.oneof(anyBytes, jsonFile, nearlyRight), async (bytes) => {
        await outcome(join(folder, 'x.safetensors'), bytes);
      }),
      { numRuns: 400 },
    ),
  ));

it('refuses a sound file with any byte of its header structure cut away', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'x.safetensors');
    const whole = await readFile('test/golden/to_uint8.safetensors');
    expect(await outcome(path, whole)).toBe('read');
    for (let length = 0; length < whole.length; length += 7) {
      expect(await outcome(path, whole.subarray(0, length))).toBe('refused');
    }
  }));

it('survives a changed byte anywhere', () =>
  withTemporaryFolder(async (folder) => {
    const whole = await readFile('test/golden/to_uint8.safetensors');
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
        const changed = Uint8Array.from(whole);
        changed[at] = byte;
        await outcome(join(folder, 'x.safetensors'), changed);
      }),
      { numRuns: 300 },
    );
  }));
