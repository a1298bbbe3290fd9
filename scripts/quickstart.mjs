/**
 * The tour of Weft on this machine, in some minutes: checks a spec, counts its costs, trains it on emoji, exports what it
 * learnt to ONNX and proves the file equal. Every step is a command that can be run by hand, and is shown.
 *
 *   node scripts/quickstart.mjs [--short]
 *
 * Without a native library a smaller model is trained on the portable backend. `--short` makes a few steps of each.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const weftFile = join(root, 'bin', 'weft.js');
const short = process.argv.includes('--short');
const started = Date.now();

const { backend } = JSON.parse(weftOutput(['doctor', '--json']));
const recipe = backend === 'tensorflow' ? 'quickstart' : 'portable';
const spec = `specs/examples/quickstart.weft`;
const target = `${spec}#${recipe}`;
const run = `runs/${short ? `${recipe}-short` : recipe}`;
const model = `${run}/model.onnx`;

title(backend === 'tensorflow' ? 'Weft runs on TensorFlow here.' : 'Weft runs on wasm here; `weft setup` says why.');
step('Check the spec: syntax, names, every shape', ['check', spec]);
step('Count what it costs', ['inspect', target]);
rmSync(join(root, run), { recursive: true, force: true });
step('Train it on emoji', ['train', target, '--out', run, ...(short ? ['--steps', '40'] : [])]);
step('Export the averaged weights to ONNX', ['export', target, '--weights', `${run}/ema.safetensors`, '--out', model]);
step('Prove the file equal to the model', [
  'verify',
  model,
  '--against',
  target,
  '--weights',
  `${run}/ema.safetensors`,
]);

title(`Done in ${duration((Date.now() - started) / 1000)}. What there is now:`);
for (const [file, what] of [
  ['samples.png', 'images drawn by the model, a row for each class'],
  ['loss.png', 'the loss, step by step'],
  ['model.onnx', 'the model for any ONNX runtime'],
  ['ema.safetensors', 'the averaged weights'],
  ['metrics.jsonl', 'loss, gradient norm, rate and speed of every step'],
  ['tensorboard/', 'the same for TensorBoard, with the samples'],
  ['checkpoints/', 'where `--resume` goes on'],
]) {
  if (existsSync(join(root, run, file))) console.log(`  ${join(run, file).padEnd(38)} ${what}`);
}
console.log(`
What to try next:
  npx weft sample --run ${run} --guidance 3 --seed 1 --out more.png
  npx weft train --resume --out ${run} --steps 5000
  npx weft inspect specs/pixeldit.weft#PixelDiT_XL --set compaction=64:1
  ${relative(process.cwd(), join(root, spec)) || spec} is the whole model: change it and train again.`);

/** Shows a command and runs it in this terminal; the tour ends where one fails. */
function step(what, args) {
  title(what);
  console.log(`$ npx weft ${args.join(' ')}`);
  const { status, signal } = spawnSync(process.execPath, [weftFile, ...args], { cwd: root, stdio: 'inherit' });
  if (status === 0) return;
  if (!signal && status !== 130) console.error(`\nThis step failed, for the reason above (exit status ${status}).`);
  process.exit(status ?? 130);
}

function weftOutput(args) {
  return spawnSync(process.execPath, [weftFile, ...args], { cwd: root, encoding: 'utf8' }).stdout;
}

function title(text) {
  console.log(`\n\u001b[1m${text}\u001b[0m`);
}

function duration(seconds) {
  return seconds < 60 ? `${seconds.toFixed(0)} s` : `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
