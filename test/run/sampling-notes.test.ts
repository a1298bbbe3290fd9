/** What an ONNX file says of its sampler is read only where a sampler can be so. */
import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporaryFolder } from '../../src/files/atomic';
import { otherArchitecture } from '../../src/run/recorded-architecture';
import { readNotes } from '../../src/run/sampling-notes';
import { failureOf } from '../support/failure';
import { tinyModel } from '../support/tiny-model';

const sound = { program: 'sample', solver: 'euler', steps: '4', shift: '1', guidance: 'null' };

/** A field of protobuf with bytes. */
function field(number: number, bytes: Buffer): Buffer {
  const long = [(bytes.length & 127) | 128, bytes.length >> 7];
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...long]), bytes]);
}

/** An ONNX file of metadata alone. */
function fileOf(metadata: { readonly [key: string]: string }): Buffer {
  const entry = ([key, value]: [string, string]): Buffer =>
    field(14, Buffer.concat([field(1, Buffer.from(key)), field(2, Buffer.from(value))]));
  return Buffer.concat(Object.entries(metadata).map(entry));
}

it.each([
  [{}, null],
  [{ guidance: '{"scale":2,"from":0,"to":1}' }, null],
  [{ guidance: '"abc"' }, 'guidance'],
  [{ guidance: 'nope' }, 'guidance'],
  [{ guidance: '{"scale":"x"}' }, 'guidance'],
  [{ guidance: '{"kind":"declared"}' }, 'guidance'],
  [{ solver: '{"kind":"declared"}' }, 'solver'],
  [{ solver: 'walk' }, 'solver'],
  [{ steps: '1000000000' }, 'steps'],
  [{ steps: 'NaN' }, 'steps'],
  [{ shift: '0' }, 'shift'],
])('refuses %j by the name of the entry', (changed, name) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.onnx');
    writeFileSync(path, fileOf({ ...sound, ...changed }));
    if (name === null) expect((await readNotes(path)).sampling).toMatchObject({ solver: 'euler', steps: 4 });
    else expect(await failureOf(() => readNotes(path))).toContain(`says of its sampler cannot be read: ${name}: `);
  }),
);

it('takes hyper-parameters nested ten thousand deep for none', () => {
  const model = { ...tinyModel(), hyperparameters: { width: 8 } };
  const hyperparameters = `{"width":${'['.repeat(10_000)}${']'.repeat(10_000)}}`;
  expect(otherArchitecture(model, 'a.onnx', { hyperparameters })).toBeNull();
});
