/** Networks that are run but not trained: the encoders that ship as specs, and sessions that have one with its weights. */
// Tested by test/text/minilm.test.ts.
import { join } from 'node:path';
import { openSession } from '../backends/open';
import type { BackendName, Session, SessionOptions } from '../backends/session';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { packageRoot } from '../files/package-root';
import { elaborateModel, openSpec } from '../spec/open';
import { setWeights } from './load-weights';

export interface FrozenNetwork {
  readonly model: ModelGraph;
  /** From the model's inputs to its outputs. */
  readonly program: Program;
}

/** A model of a file in specs/encoders as the program `encode`, with hyper-parameters as on the command line. */
export function shippedEncoder(
  file: string,
  name: string,
  settings: { readonly [name: string]: string } = {},
): FrozenNetwork {
  const { spec } = openSpec(join(packageRoot(), 'specs', 'encoders', file));
  const model = elaborateModel(spec, name, settings);
  const inputs = model.inputs.map((i) => i.value);
  return { model, program: { name: 'encode', inputs, outputs: model.outputs, updates: [] } };
}

/** A session with the weights of a file; if they do not fit, the session is closed. */
export async function openFrozen(
  { model, program }: FrozenNetwork,
  weights: string,
  backend: BackendName | 'auto',
  options: SessionOptions,
): Promise<Session> {
  const session = await openSession(backend, [program], options);
  try {
    // An encoder may be cut on purpose: its later blocks or its head are not needed.
    await setWeights(session, model, weights, { leftovers: 'tell' });
    return session;
  } catch (error) {
    await session.dispose();
    throw error;
  }
}
