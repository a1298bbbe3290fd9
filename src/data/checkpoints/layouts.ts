/** Which of the tensors in a file are the weights of the model, and which of them are averaged: key layouts of checkpoints. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';

/** Averaged weights (EMA), or those that training updates. */
export type Which = 'ema' | 'raw';

/** One set of weights in a file. */
export interface WeightSet {
  readonly which: Which;
  /** The table and prefix it was found under, for messages: `state_dict: ema_denoiser.` */
  readonly place: string;
  /** Where each weight is stored, by the weight's own name. */
  readonly stored: ReadonlyMap<string, StoredName>;
}

export interface StoredName {
  readonly table: string;
  readonly name: string;
}

/** First words of names that training code puts before those of the model. */
const rawWords = new Set(['denoiser', 'core', 'module', 'model', 'net', 'network', 'diffusion_model', '_orig_mod']);
const emaWords = new Set(['ema', 'ema_denoiser', 'ema_model', 'model_ema', 'ema_net', 'net_ema']);

/** Prefixes of the projector that alignment (REPA) trains beside the model; here its weights are called `repa.0.weight`. */
const projectorPrefixes = ['diffusion_trainer.proj.0.', '_repa_projector.'];

export interface Choice {
  /** By default averaged weights where the file has them, as they are what samples are drawn with. */
  readonly which?: Which;
  /** Names of the weights that are looked for; they settle what is a prefix and what belongs to a name. */
  readonly names?: readonly string[];
}

/** Picks one set of weights of `tables` (names of tensors by table). `path` names the file in messages. */
export function chooseWeights(path: string, tables: ReadonlyMap<string, readonly string[]>, choice: Choice): WeightSet {
  const sets = [...tables].flatMap(([table, names]) => setsOf(table, names));
  const score = scoring(sets, choice.names);
  const ranked = sets.map((set) => ({ set, score: score(set) })).sort((a, b) => b.score - a.score);
  const allowed = ranked.filter((r) => !choice.which || r.set.which === choice.which);
  const best = allowed[0];
  const served = best && (best.score > 0 || !choice.which || ranked[0].score === 0);
  if (!served) throw absent(path, choice.which!, ranked[0]?.set);
  const averaged = allowed.find((r) => r.set.which === 'ema' && r.score === best.score);
  const { set } = averaged ?? best;
  return { ...set, stored: new Map([...set.stored, ...projector(tables, set)]) };
}

/** A set for every prefix of known words, the empty one among them. */
function setsOf(table: string, names: readonly string[]): WeightSet[] {
  const prefixes = new Set(names.flatMap(prefixesOf));
  const averagedTable = table.split('.').some((word) => /(^|_)ema(_|$)/.test(word));
  return [...prefixes].map((prefix) => {
    const averaged = averagedTable || prefix.split('.').some((word) => emaWords.has(word));
    const stored = names
      .filter((name) => name.startsWith(prefix))
      .map((name): [string, StoredName] => [name.slice(prefix.length), { table, name }]);
    const place = [table, prefix && `${prefix}*`].filter(Boolean).join(': ');
    return { which: averaged ? 'ema' : 'raw', place, stored: new Map(stored) };
  });
}

/** `module.core.x.weight` has the prefixes ``, `module.` and `module.core.`. */
function prefixesOf(name: string): string[] {
  const prefixes = [''];
  for (const word of name.split('.').slice(0, -1)) {
    if (!rawWords.has(word) && !emaWords.has(word)) break;
    prefixes.push(`${prefixes.at(-1)}${word}.`);
  }
  return prefixes;
}

/**
 * How well a set serves: the wanted names it has. Where none are wanted, or no set has any, its size, which a prefix that
 * much of the file shares makes worth more.
 */
function scoring(sets: readonly WeightSet[], names: readonly string[] = []): (set: WeightSet) => number {
  const matches = (set: WeightSet): number => names.filter((name) => set.stored.has(name)).length;
  if (sets.some((set) => matches(set) > 0)) return matches;
  const largest = Math.max(0, ...sets.map((set) => set.stored.size));
  return ({ stored, place }) => {
    const depth = place.split('.').length - 1;
    return stored.size * 3 >= largest ? largest * (depth + 1) + stored.size : stored.size;
  };
}

function projector(tables: ReadonlyMap<string, readonly string[]>, set: WeightSet): [string, StoredName][] {
  const [first] = set.stored.values();
  if (!first) return [];
  const { table } = first;
  return (tables.get(table) ?? []).flatMap((name): [string, StoredName][] => {
    const prefix = projectorPrefixes.find((p) => name.startsWith(p));
    return prefix ? [[`repa.${name.slice(prefix.length)}`, { table, name }]] : [];
  });
}

function absent(path: string, which: Which, other: WeightSet | undefined): WeftError {
  const [wanted, found] =
    which === 'ema' ? ['averaged weights (EMA)', 'not marked as averaged'] : ['raw weights', 'averaged (EMA)'];
  const there = other ? `the weights it has${other.place && ` under ${other.place}`} are ${found}` : 'it is empty';
  return new WeftError(
    `${path} holds no ${wanted}: ${there}.`,
    'Leave out which weights to take, to use those it has.',
  );
}
