/** The ways to edit a picture, their numbers, and which of them fits what is said. */
import { requireInRange, sizeRange, type NumberRange } from '../compiler/bind/number-range';
import { WeftError } from '../compiler/diagnostics/diagnostic';

export const editMethods = ['flowedit', 'sdedit', 'inversion', 'inpaint'] as const;
export type EditMethodName = (typeof editMethods)[number];

/** The share of noise at which an edit begins. */
export const strengthRange: NumberRange = { above: 0, max: 1 };
/** The share of noise from which FlowEdit follows the target alone. */
export const finishRange: NumberRange = { min: 0, max: 1 };

/** The strength of each method where none is given. */
export const usualStrength: { readonly [M in EditMethodName]: number } = {
  flowedit: 0.8,
  sdedit: 0.7,
  inversion: 1,
  inpaint: 1,
};

/** How a picture is edited. */
export interface EditMethod {
  readonly kind: EditMethodName;
  /** The share of noise at the beginning, above 0 and at most 1. */
  readonly strength: number;
  /** FlowEdit: draws of noise over which each step is averaged. */
  readonly average: number;
  /** FlowEdit: the share of noise from which the target alone is followed; 0 for never. */
  readonly finish: number;
  /** Inpainting: how often each step is taken. */
  readonly repeats: number;
}

/** What is said about an edit; what is absent has a default. */
export interface SaidOfEdit extends Partial<Omit<EditMethod, 'kind'>> {
  readonly method?: EditMethodName;
  /** Whether it is said what the picture shows, what it is to show, and which part is drawn again. */
  readonly has: { readonly from: boolean; readonly to: boolean; readonly mask: boolean };
}

/** The method that is asked for, else the one that fits what is said. Refuses what it needs and lacks, and what it would not use. */
export function chooseMethod({ method, has, ...numbers }: SaidOfEdit): EditMethod {
  const kind = method ?? (has.mask ? 'inpaint' : has.from && has.to ? 'flowedit' : 'sdedit');
  if (!editMethods.includes(kind))
    throw new WeftError(`There is no edit called ${String(kind)}.`, `There are ${editMethods.join(', ')}.`, 2);
  if (kind === 'flowedit' && !(has.from && has.to))
    throw new WeftError(
      'FlowEdit leads from what a picture shows to what it is to show, and both have to be said.',
      'Say `from` and `to`; or take the method sdedit, which needs `to` alone.',
      2,
    );
  if (kind === 'inpaint' && !has.mask)
    throw new WeftError(
      'Nothing says which part is to be drawn again.',
      'Give a mask of the size of the picture, white where it is drawn again.',
      2,
    );
  if (kind !== 'inpaint' && has.mask) throw unused('mask', 'inpaint', kind);
  const own: { readonly [name: string]: EditMethodName } = {
    average: 'flowedit',
    finish: 'flowedit',
    repeats: 'inpaint',
  };
  const { strength = usualStrength[kind], average = 1, finish = 0, repeats = 1 } = numbers;
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined && Object.hasOwn(own, name) && own[name] !== kind) throw unused(name, own[name], kind);
  requireInRange('strength', strength, strengthRange);
  requireInRange('finish', finish, finishRange);
  requireInRange('average', average, sizeRange);
  requireInRange('repeats', repeats, sizeRange);
  return { kind, strength, average, finish, repeats };
}

function unused(name: string, method: EditMethodName, kind: EditMethodName): WeftError {
  return new WeftError(
    `\`${name}\` belongs to ${method}, and the method is ${kind}.`,
    `Leave it out, or take the method ${method}.`,
    2,
  );
}
