/** Finds the noisy image and the time among a model's inputs; all other images and scalars are conditions. */
// Tested by test/compiler/lower/conventions.test.ts.
import type { Body, Input } from '../syntax/ast';
import { withBranches } from '../syntax/statements';

/** Their names in the spec; null if the model has none. */
export interface MainInputs {
  readonly image: string | null;
  readonly time: string | null;
}

const imageNames = ['noisy', 'x_t', 'x', 'noised', 'latents'];
const timeNames = ['time', 't', 'timestep', 'sigma'];

/** The image with a usual name, or else the first; the input of type `time`, or else the scalar with a usual name, or the first. */
export function mainInputs(body: Body): MainInputs {
  const inputs = inputsOf(body);
  const ofType = (type: string): string[] => inputs.filter((i) => typeNameOf(i) === type).map((i) => i.name.name);
  const [images, scalars, times] = [ofType('image'), ofType('scalar'), ofType('time')];
  return {
    image: imageNames.find((name) => images.includes(name)) ?? images[0] ?? null,
    time: times[0] ?? timeNames.find((name) => scalars.includes(name)) ?? scalars[0] ?? null,
  };
}

/** All inputs in order, including those in both branches of an `if`. */
export function inputsOf(body: Body): readonly Input[] {
  const known = inputsIn.get(body);
  if (known) return known;
  const found = findInputs(body);
  inputsIn.set(body, found);
  return found;
}

/** A cache, since trials of other values ask for the inputs many times. */
const inputsIn = new WeakMap<Body, readonly Input[]>();

function findInputs(body: Body): readonly Input[] {
  return withBranches(body).flatMap((s) => (s.kind === 'input' ? [s] : []));
}

function typeNameOf({ type }: Input): string | null {
  return type.kind === 'named-type' ? type.name.name : null;
}
