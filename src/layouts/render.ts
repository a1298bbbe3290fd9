/** A plan as a table for people, with notes on what it is based on and what it leaves out. */
// Tested by test/cli/plan.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import type { ModelGraph } from '../compiler/lower/model';
import { keepsAverages, optimizerName } from '../compiler/recipe/optimizers';
import type { TrainRecipe } from '../compiler/recipe/index';
import { aligned, bytes } from '../compiler/report/render';
import type { LayoutFigures } from './layout';
import type { Machine } from './machine';
import { until } from './plan-json';
import { inWords, type LayoutPlan } from './plan-layouts';
import type { PlannedStage } from './plan-target';

/** The plans of a recipe's stages, one below the other, with the sum of their times. */
export function renderStages(stages: readonly PlannedStage[]): string {
  if (stages.length === 1) return renderPlan(stages[0].plan, stages[0].model, stages[0].recipe);
  const each = stages.map((s) => {
    const title = `Steps ${(s.from + 1).toLocaleString('en-US')} to ${s.until.toLocaleString('en-US')}`;
    return `${title}${s.changes === '' ? '' : `, ${s.changes}`}\n\n${renderPlan(s.plan, s.model, s.recipe)}`;
  });
  return [...each, total(stages)].join('\n\n');
}

function total(stages: readonly PlannedStage[]): string {
  const found = stages.map(
    ({ plan: { best, machine }, recipe: { steps } }) => best && until(best, steps, machine.devices),
  );
  if (found.some((f) => f === null)) return 'The whole run: there is no layout that fits in every stage.';
  const sum = (of: 'days' | 'deviceHours'): string => amount(found.reduce((s, f) => s + (f?.[of] ?? 0), 0));
  return `The whole run, each stage in its best layout: ${sum('deviceHours')} device-hours, ${sum('days')} days.`;
}

export function renderPlan(plan: LayoutPlan, model: ModelGraph, recipe: TrainRecipe): string {
  const { machine, layouts, best, ways } = plan;
  const header = [
    '',
    'layout',
    'images',
    'times',
    'memory',
    ...(machine.devices > 1 ? ['moved'] : []),
    ...(machine.nodes > 1 ? ['between nodes'] : []),
    'step',
    'MFU',
    'days',
    'device-hours',
  ];
  const rows = layouts.map((l) => rowOf(l, { marked: l === best, machine, steps: recipe.steps }));
  return [
    ...heading(model, recipe, machine),
    '',
    ...aligned([header, ...rows], 2),
    '',
    ...(best ? chosen(best, machine) : nothingFits(plan, ways)),
    '',
    ...notes(recipe, machine),
  ].join('\n');
}

function heading(model: ModelGraph, recipe: TrainRecipe, machine: Machine): string[] {
  const steps = recipe.steps.toLocaleString('en-US');
  const state = optimizerName(recipe.optimizer) + (keepsAverages(recipe) ? ' and averaged weights' : '');
  return [
    `${model.name} by ${recipe.name}: ${steps} ${recipe.steps === 1 ? 'step' : 'steps'} of ${counted(recipe.batch, 'image')}, ${recipe.precision}, ${state}`,
    ...(recipe.buckets ? ['planned as if all images had the size of the model, not those of its buckets'] : []),
    ...machineLines(recipe, machine),
  ];
}

/** Lines that describe the devices and how they are connected. */
export function machineLines({ precision }: TrainRecipe, machine: Machine): string[] {
  const { device, devices, nodes, memory, reach } = machine;
  const share = reach === 1 ? '' : `, of which ${percent(reach)} are reached`;
  const where = nodes > 1 ? ` in ${nodes} nodes` : '';
  const rates = `${device.tflops[precision]} TFLOPS in ${precision}, ${device.bandwidth.toLocaleString('en-US')} GB/s`;
  return [
    `${devices} × ${device.title}${where}: ${bytes(memory)} each, ${rates}${share}`,
    ...(devices > 1 ? [`joined by ${device.link.name}, ${device.link.rate} GB/s each way${network(machine)}`] : []),
  ];
}

function network({ network }: Machine): string {
  return network === null ? '' : `; between nodes ${((network * 8) / 1e9).toFixed(0)} Gb/s for each device`;
}

interface RowOptions {
  readonly marked: boolean;
  readonly machine: Machine;
  readonly steps: number;
}

function rowOf(l: LayoutFigures, { marked, machine, steps }: RowOptions): string[] {
  const first = [
    marked ? '→' : '',
    inWords(l),
    `${l.images}`,
    `${l.accumulate}`,
    bytes(l.memory.total),
    ...(machine.devices > 1 ? [bytes(l.traffic.within)] : []),
    ...(machine.nodes > 1 ? [bytes(l.traffic.between)] : []),
  ];
  if (!l.fits) return [...first, 'too large', '', '', ''];
  const { days, deviceHours } = until(l, steps, machine.devices);
  return [...first, milliseconds(l.time.step), percent(l.mfu), amount(days), amount(deviceHours)];
}

function chosen(best: LayoutFigures, { devices }: Machine): string[] {
  const { memory, time } = best;
  const parts = [
    ['weights', memory.weights],
    ['gradients', memory.gradients],
    ['optimiser', memory.optimizer],
    ['averages', memory.averages],
    ['teacher', memory.teacher],
    ['blocks gathered', memory.gathered],
    ['activations', memory.activations],
  ] as const;
  const held = parts.flatMap(([name, n]) => (n > 0 ? [`${name} ${bytes(n)}`] : [])).join(', ');
  const waiting = devices > 1 ? `, of which ${milliseconds(time.waiting)} waiting for links` : '';
  return [
    `→ the cheapest that fits: ${inWords(best)}. Figures within 5 % count as equal, and the simpler layout is taken.`,
    `  Memory: ${held}.`,
    `  Step: forward ${milliseconds(time.forward)}, backward ${milliseconds(time.backward)}, update ${milliseconds(time.update)}${waiting}.`,
  ];
}

function nothingFits({ machine, layouts }: LayoutPlan, ways: readonly string[]): string[] {
  const least = layouts.reduce((a, b) => (b.memory.total < a.memory.total ? b : a));
  return [
    `Nothing fits: one image at a time, ${inWords(least)}, takes ${bytes(least.memory.total)} of ${bytes(machine.memory)} on each device.`,
    ways.length > 0
      ? `What fits: ${ways.join('; ')}.`
      : 'No number of these devices fits: train a smaller model, or smaller images.',
  ];
}

/** Notes on what the figures are, and what they leave out. */
export function notes(recipe: TrainRecipe, { devices, nodes }: Machine): string[] {
  const lines = [
    'images: what one device takes at a time; times: how often in a step. memory: of one device, at the fullest moment.',
    ...(devices > 1 ? ['moved: what one device takes from others of its node in a step, and sends them.'] : []),
    "step: at least so long. Each kernel takes what its products or its memory traffic need at the vendor's peak, whichever is longer;",
    ...(devices > 1 ? ['what links move is hidden behind the pass it belongs to, up to its length.'] : []),
    'Devices reach less: --reach 0.6 plans with 60 % of every peak. MFU: FLOPs of the model, none counted twice, by those of the peak.',
    'Not counted: starts of kernels (most of the time of small models), delays of messages, reading data, checkpoints, samples; in memory, the CUDA context,',
    'workspaces of libraries and gaps of the allocator. docs/scale.md says how each figure is made.',
    ...(nodes > 1 ? ['Between nodes each device has its own share of the network, with nothing else on it.'] : []),
  ];
  return [...lines, ...besides(recipe)];
}

/** Parts of a recipe that the figures do not include. */
function besides({ align, text }: TrainRecipe): string[] {
  const file = align && typeof align.teacher === 'string' ? align.teacher : null;
  const encoded = text && text.encoder !== 'words' && text.encoder !== 'vocabulary';
  return [
    ...(file === null
      ? []
      : [`The encoder ${file} is an ONNX file, which is not read here: its memory and time come on top.`]),
    ...(encoded
      ? [`Captions go through ${text.encoder} once and are cached; that comes before training, and is not counted.`]
      : []),
  ];
}

export function milliseconds(seconds: number): string {
  const ms = seconds * 1000;
  if (ms === 0) return '0 ms';
  return `${ms < 10 ? ms.toPrecision(2) : Math.round(ms).toLocaleString('en-US')} ms`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;
}

export function amount(n: number): string {
  return n < 10 ? n.toPrecision(2) : Math.round(n).toLocaleString('en-US');
}
