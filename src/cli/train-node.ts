/** `weft train --nodes`: the machine of rank 0 meets the others; each of them lends its devices. */
// Tested by test/cli/train-nodes.test.ts.
import type { Agreed, Rendezvous } from '../backends/pytorch/greeting';
import { Nodes } from '../backends/pytorch/nodes';
import { requirePyTorch } from '../backends/pytorch/python';
import { serveNode } from '../backends/pytorch/serve-node';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { stepDigests } from '../train/same-run';
import { version } from '../version';
import { Interrupt } from './interrupt';

export interface AskedNodes {
  readonly count: number;
  readonly at: Rendezvous;
  readonly rank: number;
}

interface Node extends AskedNodes {
  /** Devices of each node. */
  readonly devices: number;
  readonly threads?: number;
  /** Ends a wait for other nodes. */
  readonly signal?: AbortSignal;
}

/** Opens the rendezvous of a run; nodes are waited for when the first step is made ready. */
export function meetNodes(model: ModelGraph, recipe: TrainRecipe, node: Node): Promise<Nodes> {
  const { at, signal } = node;
  return Nodes.open({ at, agreed: agreed(model, recipe, node), signal, onNote: (text) => console.error(text) });
}

/** Lends the devices of this machine until the run ends. */
export async function lendDevices(model: ModelGraph, recipe: TrainRecipe, node: Node): Promise<void> {
  requirePyTorch();
  const interrupt = new Interrupt();
  interrupt.listen(() => console.error('Leaving the run.'));
  try {
    const { at, rank, threads } = node;
    const onNote = (text: string): void => console.error(text);
    await serveNode({ at, agreed: agreed(model, recipe, node), node: rank, threads, signal: interrupt.signal, onNote });
  } finally {
    interrupt.stop();
  }
  if (interrupt.signal.aborted) process.exitCode = 130;
  else console.error('The run is over.');
}

function agreed(model: ModelGraph, recipe: TrainRecipe, { count, devices }: Node): Agreed {
  return { weft: version, digests: stepDigests(model, recipe), nodes: count, devices };
}
