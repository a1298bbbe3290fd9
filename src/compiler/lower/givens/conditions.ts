/** The conditions of a model: inputs beside the noisy image, the time, the class and the text, which recipes and callers feed by name. */
import { staticShape } from '../../ir/dims';
import { tellsOfText, textOf, type ModelGraph, type ModelInput } from '../model';

export function conditionsOf(model: Pick<ModelGraph, 'inputs'>): readonly ModelInput[] {
  const text = textOf(model);
  return model.inputs.filter((i) => {
    if (i.name === 'x_t' || i.name === 't' || (i.kind === 'class' && i.name === 'y')) return false;
    return !(i === text || (text && tellsOfText(i)));
  });
}

/** What a recipe could write for a condition, by its shape. */
export function exampleGiven(model: Pick<ModelGraph, 'inputs'>, input: ModelInput): string {
  const shape = staticShape(input.value.shape.slice(1));
  const image = model.inputs.find((i) => i.kind === 'image' && i.name === 'x_t');
  if (shape.length === 0) return `given ${input.name} = uniform(0, 1)`;
  if (image?.kind !== 'image' || shape.length !== 3) return `given ${input.name} = normal(0, 1, [${shape.join(', ')}])`;
  const [channels, height, width] = shape;
  const factor = image.height / height;
  if (channels === 1 && factor === 1 && image.channels !== 1)
    return `given ${input.name} = random_mask(min: 0.1, max: 0.5)`;
  if (channels === image.channels && factor > 1 && Number.isInteger(factor) && image.width / width === factor)
    return `given ${input.name} = downsample(image, ${factor})`;
  return channels === image.channels && factor === 1
    ? `given ${input.name} = image * (1 - random_mask(min: 0.1, max: 0.5))`
    : `given ${input.name} = normal(0, 1, [${shape.join(', ')}])`;
}
