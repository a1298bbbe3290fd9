import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { writeImageGrid } from '../../src/data/png';
import { EventLog } from '../../src/train/event-log';
import { eventRecord, firstEvent, startEvent } from '../../src/train/event-messages';
import { bytesAt, fieldsOf, recordsOf } from '../support/event-file';
import { inFolder } from '../support/weft';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

it('writes events byte by byte as TensorBoard does', () => {
  // length, its its sum, 09 wall time 1.5, 1a file version, sum
  expect(hex(eventRecord(1.5, 0, firstEvent))).toBe(
    '1800000000000000a37f4b2209000000000000f83f1a0d627261696e2e4576656e743a322a28646c',
  );
  const loss = { summary: { value: [{ tag: 'loss', simpleValue: 0.5 }] } };
  // 09 wall time, 10 step 300, 2a summary { 0a value { 0a tag, 15 float } }
  expect(hex(eventRecord(1.5, 300, loss))).toBe(
    '1b000000000000001a0d9e1309000000000000f83f10ac022a0d0a0b0a046c6f7373150000003f69f9315b',
  );
  // 10 step 2⁴⁰, 3a session log { 08 status START }
  expect(hex(eventRecord(1.5, 2 ** 40, startEvent))).toBe(
    '14000000000000005e3d291509000000000000f83f108080808080203a0208015cf6af37',
  );
});

/** The summary's values of an event: each tag with the number of its one field. */
function scalarsIn(event: Buffer): { [tag: string]: number } {
  const values = fieldsOf(bytesAt(event, 5)).map(([, value]) => value as Buffer);
  return Object.fromEntries(values.map((v) => [bytesAt(v, 1).toString(), bytesAt(v, 2).readFloatLE()]));
}

const step = { step: 7, loss: 0.5, gradNorm: 2, rate: 0.25, imagesPerSecond: null, seconds: 1 };

it('writes all that a step has, and the settings and samples', () =>
  inFolder(async (folder) => {
    const grid = join(folder, 'grid.png');
    await writeImageGrid(grid, { shape: [1, 3, 2, 5], data: new Float32Array(30) });
    const home = join(folder, 'tensorboard');
    const log = await EventLog.begin(home, { from: 6, settings: 'depth: **é**' });
    expect(readdirSync(home)).toEqual([]);
    await log.metrics(step);
    const parts = { straight: 1, smooth: 3 };
    await log.metrics({ ...step, step: 8, velocityLoss: 4, alignLoss: 8, parts, imagesPerSecond: 16, waiting: 0.5 });
    await log.samples(8, grid);
    await log.sync();

    const [name] = readdirSync(home);
    const events = recordsOf(readFileSync(join(home, name)));
    const age = events.map((event) => Date.now() / 1000 - bytesAt(event, 1).readDoubleLE());
    expect(Math.min(...age)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...age)).toBeLessThan(60);
    expect(events.map((event) => fieldsOf(event).find(([n]) => n === 2)?.[1] ?? 0)).toEqual([0, 7, 7, 7, 8, 8]);
    const [first, start, settings, seventh, eighth, samples] = events;
    expect(bytesAt(first, 3).toString()).toBe('brain.Event:2');
    expect(fieldsOf(bytesAt(start, 7))).toEqual([[1, 1]]);
    const text = bytesAt(settings, 5, 1);
    expect(bytesAt(text, 1).toString()).toBe('settings');
    // a tensor { dtype 7, shape { dim { size 1 } }, one text }
    expect(fieldsOf(bytesAt(text, 8))).toEqual([
      [1, 7],
      [2, Buffer.from([0x12, 2, 8, 1])],
      [8, Buffer.from('depth: **é**')],
    ]);
    expect(bytesAt(text, 9, 1, 1).toString()).toBe('text');
    expect(scalarsIn(seventh)).toEqual({ loss: 0.5, gradient_norm: 2, rate: 0.25 });
    expect(scalarsIn(eighth)).toEqual({
      ...{ loss: 0.5, velocity_loss: 4, align_loss: 8, 'parts/straight': 1, 'parts/smooth': 3 },
      ...{ gradient_norm: 2, rate: 0.25, images_per_second: 16, share_waiting_for_images: 0.5 },
    });
    expect(bytesAt(samples, 5, 1, 1).toString()).toBe('samples');
    expect(fieldsOf(bytesAt(samples, 5, 1, 4))).toEqual([
      [1, 2],
      [2, 5],
      [3, 3],
      [4, readFileSync(grid)],
    ]);
  }));

it('names a file after those there are, also where the clock went back', () =>
  inFolder(async (folder) => {
    const last = 'events.out.tfevents.4000000000.weft';
    for (const name of [last, 'notes.txt', 'events.out.tfevents.1.other']) writeFileSync(join(folder, name), '');
    for (const from of [0, 1]) await (await EventLog.begin(folder, { from, settings: '' })).sync();
    expect(readdirSync(folder).filter((name) => name > last)).toEqual([
      'events.out.tfevents.4000000001.weft',
      'events.out.tfevents.4000000002.weft',
      'notes.txt',
    ]);
  }));
