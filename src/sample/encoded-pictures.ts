/** Conditions that a recipe's encoder makes of pictures that are given by hand. */
// Tested by test/train/encoded-givens.test.ts.
import { openSession } from '../backends/open';
import type { HostTensor, HostTensors } from '../backends/session';
import { fedFrom } from '../compiler/lower/givens/paired';
import { parseGiven } from '../compiler/lower/givens/parse';
import type { ModelGraph, ModelInput } from '../compiler/lower/model';
import { encodersOf, givenProgram } from '../compiler/programs/givens';
import { keptModel } from '../compiler/programs/kept-model';
import { onlyInput } from '../compiler/programs/only-input';
import { scalarTensor } from '../train/tensors';
import { startFrozen } from '../train/start-frozen';

/** How a recipe makes a condition of a picture. */
export interface MadeByEncoder {
  /** The name of the condition. */
  readonly input: string;
  /** The text that the recipe keeps for it. */
  readonly made: string;
}

/** What such a picture is read as: the model's image, or what the encoder takes where the recipe has a folder for it. */
export function pictureInput(model: ModelGraph, { input, made }: MadeByEncoder): ModelInput {
  const encoder = encodersOf({ [input]: made })[0];
  const image =
    fedName({ input, made }) === null ? onlyInput(model, 'image') : keptModel(encoder.frozen.model).inputs[0];
  return { ...image, name: input };
}

function fedName({ input, made }: MadeByEncoder): string | null {
  return fedFrom(input, parseGiven(input, made).value)?.fed ?? null;
}

/** A row of the condition for each picture. */
export async function encodedPictures(
  model: ModelGraph,
  how: MadeByEncoder,
  pictures: HostTensor,
): Promise<HostTensor> {
  const given = { [how.input]: how.made };
  const program = givenProgram(model, given);
  const [batch] = pictures.shape;
  const fed = fedName(how);
  const shape = [batch, ...onlyInput(model, 'image').value.shape.slice(1).map(Number)];
  const blank = { shape, dtype: 'f32' as const, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
  const images: HostTensors = fed === null ? { x0: pictures } : { x0: blank, [fed]: pictures };
  const session = await openSession('auto', [program], { bindings: { batch } });
  try {
    await startFrozen(session, { given }, [program], () => {});
    const step = { seed: scalarTensor(0, 'i32'), step: scalarTensor(0, 'i32') };
    return (await session.run(program.name, { ...images, ...step }))[how.input];
  } finally {
    await session.dispose();
  }
}
