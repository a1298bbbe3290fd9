/** A file that never ends, or ends its process, ends in a message. */
import { spawn } from 'node:child_process';
import { expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onnx } from 'onnx-proto';
import { greyPictures } from '../support/pictures';
import { inFolder, root, weft } from '../support/weft';

const spec = `model M() {
  input noisy: image(8)
  input time: time(noise: 0, data: 1)
  output velocity = noisy * time
}
`;

const value = (name: string, elemType: number, dims: number[] | null) => ({
  name,
  type: { tensorType: { elemType, ...(dims && { shape: { dim: dims.map((dimValue) => ({ dimValue })) } }) } },
});
const { FLOAT, INT64, BOOL } = onnx.TensorProto.DataType;

/** Replaces the computation of the only output by a loop that has no end. */
function endless(file: string): void {
  const model = onnx.ModelProto.decode(readFileSync(file));
  const graph = model.graph!;
  const body = {
    name: 'turn',
    node: [
      { opType: 'Identity', input: ['go'], output: ['goes'] },
      { opType: 'Add', input: ['x', 'x'], output: ['y'] },
    ],
    input: [value('i', INT64, []), value('go', BOOL, []), value('x', FLOAT, null)],
    output: [value('goes', BOOL, []), value('y', FLOAT, null)],
  };
  const attribute = [{ name: 'body', type: onnx.AttributeProto.AttributeType.GRAPH, g: body }];
  const node = {
    opType: 'Loop',
    input: ['', 'always', graph.input![0].name!],
    output: [graph.output![0].name!],
    attribute,
  };
  const always = { name: 'always', dataType: BOOL, dims: [], rawData: Uint8Array.of(1) };
  const changed = { ...graph, node: [node], initializer: [always] };
  const made = onnx.ModelProto.fromObject({ ...model, graph: changed });
  writeFileSync(file, onnx.ModelProto.encode(made).finish());
}

it('stops the verification of a file that never ends', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'm.weft'), spec);
    const run = (...args: string[]) => weft(args, { cwd: folder });
    expect((await run('export', 'm.weft', '--out', 'm.onnx', '--no-verify')).status).toBe(0);
    const verify = ['verify', 'm.onnx', '--against', 'm.weft', '--backend', 'reference'];
    const sound = await run(...verify);
    expect([sound.status, sound.stdout]).toEqual([0, expect.stringContaining('within the tolerance')]);
    endless(join(folder, 'm.onnx'));
    const stopped = await run(...verify, '--limit', '4');
    expect([stopped.status, stopped.stderr]).toEqual([
      1,
      'error: m.onnx was still running after 4 s, so it was stopped.\n' +
        'hint: A damaged or hostile file may never end. If it is only large, allow more with --limit.\n',
    ]);
    const against = await run('verify', 'm.onnx', '--against', 'nothing.weft');
    expect(against.status).toBe(1);
  }));

it(
  'ends an evaluation whose sampler never ends when it is interrupted',
  () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'm.weft'), spec);
      await greyPictures(folder);
      const made = await weft(['export', 'm.weft', '--program', 'sample', '--out', 'm.onnx', '--no-verify'], {
        cwd: folder,
      });
      expect(made.status).toBe(0);
      endless(join(folder, 'm.onnx'));
      const args = ['evaluate', 'm.onnx', '--against', 'images', '--images', '4', '--threads', '1'];
      const child = spawn(process.execPath, [join(root, 'bin', 'weft.js'), ...args], { cwd: folder });
      // Closed only when the process that runs the file has ended too.
      const closed = new Promise<string | null>((done) => child.on('close', (_, signal) => done(signal)));
      for (const stream of [child.stdout, child.stderr]) stream.resume();
      const timer = setTimeout(() => child.kill('SIGINT'), 20_000);
      expect(await closed).toBe('SIGINT');
      clearTimeout(timer);
    }),
  60_000,
);
