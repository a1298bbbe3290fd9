/** Finds the model's weights among the tensors of a file, and whether they are averaged: key layouts of checkpoints. */
import { counted } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { isAveragedPlace, isAveragedWord, isOtherTable, isPrefixWord, unwrappedName } from './names';

/** Averaged weights (EMA), or raw ones, which training updates. */
export type Which = 'ema' | 'raw';

/** One set of weights in a file. */
export interface WeightSet {
  readonly which: Which;
  /** The table and prefix where it was found, as `--which` takes it: `state_dict.ema_denoiser`; empty for the whole file. */
  readonly place: string;
  /** The stored name of each weight, by the weight's own name. */
  readonly stored: ReadonlyMap<string, StoredName>;
}

export interface StoredName {
  readonly table: string;
  readonly name: string;
}

/** The set that was chosen. */
export interface ChosenSet extends WeightSet {
  /** What was chosen and what the alternatives were, if the file has several sets; null otherwise. */
  readonly note: string | null;
}

/** Names of tensors by table. The tensors of a list get names from the order of the model's weights. */
export type Tables = ReadonlyMap<string, readonly TableName[]>;
export type TableName = string | { readonly name: string; readonly stored: string };

/** Prefixes of the projector that alignment (REPA) trains beside the model; here its weights are called `repa.0.weight`. */
const projectorPrefixes = ['diffusion_trainer.proj.0.', '_repa_projector.'];

/** The most words before a name that are examined. */
const longestPrefix = 5;

export interface Choice {
  /**
   * `ema`, `raw`, or the place of a set (`model_ema2`). By default averaged weights if the file has them, because
   * samples are drawn with these.
   */
  readonly which?: string;
  /** Names of the weights to find; they decide which words are a prefix and which belong to a name. */
  readonly names?: readonly string[];
  /** What the file says about all its weights. */
  readonly marked?: Which;
}

/** A set, and how many of the wanted names it has. */
interface Ranked {
  readonly set: WeightSet;
  readonly score: number;
}

/** Chooses one set of weights of `tables`. `path` names the file in messages. */
export function chooseWeights(path: string, tables: Tables, choice: Choice): ChosenSet {
  const sets = [...tables]
    .filter(([table]) => !isOtherTable(table))
    .flatMap(([table, names]) => setsOf(table, names, choice));
  const score = scoring(sets, choice.names);
  const ranked = sets.map((set) => ({ set, score: score(set) })).sort((a, b) => b.score - a.score);
  const allowed = ranked.filter((r) => serves(r.set, choice.which));
  const best = allowed[0];
  const served = best && (best.score > 0 || !choice.which || ranked[0].score === 0);
  if (!served) throw absent(path, choice.which, ranked);
  const averaged = allowed.find((r) => r.set.which === 'ema' && r.score === best.score);
  const taken = averaged ?? best;
  const stored = new Map([...taken.set.stored, ...projector(tables, taken.set)]);
  return { ...taken.set, stored, note: noteOn(path, taken, ranked, choice) };
}

/** A set for every prefix of known words, including the empty one. */
function setsOf(table: string, names: readonly TableName[], { names: wanted, marked }: Choice): WeightSet[] {
  const byPrefix = new Map<string, [string, StoredName][]>([['', []]]);
  for (const item of names) {
    const { name, stored } = typeof item === 'string' ? { name: item, stored: item } : item;
    for (const prefix of prefixesOf(name)) {
      const members = byPrefix.get(prefix) ?? [];
      if (members.length === 0) byPrefix.set(prefix, members);
      members.push([name.slice(prefix.length), { table, name: stored }]);
    }
  }
  const wantedNames = canonicalNames(wanted ?? []);
  const found = [...byPrefix].map(([prefix, members]) => ({ prefix, stored: withoutWrappers(members, wantedNames) }));
  const known = found.filter(({ stored }) => wanted?.some((name) => stored.has(name)));
  return found.map(({ prefix, stored }) => {
    const place = [table, prefix.slice(0, -1)].filter(Boolean).join('.');
    const which = marked ?? (isAveragedPlace(place) ? 'ema' : 'raw');
    const isKnown = known.some((other) => other.prefix.startsWith(prefix));
    return { which, place, stored: which === 'ema' && !isKnown ? withDots(stored, wanted ?? []) : stored };
  });
}

/** `module.core.x.weight` has the prefixes ``, `module.` and `module.core.`; after `emas` numbers count too. */
function prefixesOf(name: string): string[] {
  const prefixes = [''];
  let averaged = false;
  for (const word of name.split('.', longestPrefix + 1).slice(0, -1)) {
    if (!isPrefixWord(word) && !(averaged && /^\d+$/.test(word))) break;
    averaged ||= isAveragedWord(word);
    prefixes.push(`${prefixes.at(-1)}${word}.`);
  }
  return prefixes;
}

/** Wanted names by their form without wrappers; null if two names have the same form. */
function canonicalNames(names: readonly string[]): Map<string, string | null> {
  const found = new Map<string, string | null>();
  for (const name of names) {
    const canonical = unwrappedName(name);
    found.set(canonical, found.has(canonical) ? null : name);
  }
  return found;
}

/** Removes wrapper words from names, unless two tensors would then have the same name. */
function withoutWrappers(
  members: readonly [string, StoredName][],
  wanted: ReadonlyMap<string, string | null>,
): Map<string, StoredName> {
  const counts = new Map<string, number>();
  const canonical = members.map(([name]) => unwrappedName(name));
  for (const name of canonical) counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Map(
    members.map(([name, stored], i) => {
      const known = wanted.get(canonical[i]);
      const isAlone = counts.get(canonical[i]) === 1 && known !== null;
      return [isAlone ? (known ?? canonical[i]) : name, stored];
    }),
  );
}

/**
 * Names of averages that were changed to be valid for buffers, if each matches one wanted name: without dots
 * (`diffusion_modelblocks0weight`), with other characters instead (`blocks_0_weight`), after a word (`ema_blocks.0.weight`).
 */
function withDots(stored: Map<string, StoredName>, wanted: readonly string[]): Map<string, StoredName> {
  const known = new Map<string, string | null>();
  for (const name of wanted) {
    const bare = withoutMarks(name);
    known.set(bare, known.has(bare) ? null : name);
  }
  return new Map(
    [...stored].map(([name, place]) => {
      const bare = withoutMarks(name);
      return [known.get(bare) ?? known.get(bare.replace(/^(ema|shadow)?(model)?(diffusionmodel)?/, '')) ?? name, place];
    }),
  );
}

function withoutMarks(name: string): string {
  return name.replace(/[._-]/g, '');
}

/**
 * Scores a set by how many wanted names it has. If none are wanted, or no set has any, by its size; then a prefix that
 * a large part of the file shares adds to the score.
 */
function scoring(sets: readonly WeightSet[], names: readonly string[] = []): (set: WeightSet) => number {
  const matches = (set: WeightSet): number => names.filter((name) => set.stored.has(name)).length;
  if (sets.some((set) => matches(set) > 0)) return matches;
  const largest = sets.reduce((most, set) => Math.max(most, set.stored.size), 0);
  return ({ stored, place }) => {
    const depth = place === '' ? 0 : place.split('.').length;
    return stored.size * 3 >= largest ? largest * (depth + 1) + stored.size : stored.size;
  };
}

/** Whether a set is one of those asked for: of that kind, or at a place with that name or ending. */
function serves({ which, place }: WeightSet, asked: string | undefined): boolean {
  if (asked === undefined || asked === which) return true;
  if (asked === 'ema' || asked === 'raw') return false;
  return `.${place}.`.toLowerCase().includes(`.${asked.toLowerCase()}.`);
}

function projector(tables: Tables, set: WeightSet): [string, StoredName][] {
  const [first] = set.stored.values();
  if (!first) return [];
  const { table } = first;
  return (tables.get(table) ?? []).flatMap((item): [string, StoredName][] => {
    const name = typeof item === 'string' ? item : item.name;
    const prefix = projectorPrefixes.find((p) => name.startsWith(p));
    return prefix ? [[`repa.${name.slice(prefix.length)}`, { table, name }]] : [];
  });
}

/** Says which set was chosen, if it is averaged or if another set would also fit. */
function noteOn(path: string, taken: Ranked, ranked: readonly Ranked[], { names = [], which }: Choice): string | null {
  const { set, score } = taken;
  const rivals =
    names.length === 0 ? [] : ranked.filter((r) => r.score === score && score > 0 && !isSame(r.set, set, names));
  const poorer = ranked.filter((r) => r.set.which === 'ema' && r.score > 0 && r.score < score);
  if (set.which === 'raw' && rivals.length === 0 && (poorer.length === 0 || which)) return null;
  const others = rivals.length > 0 ? `; also there: ${rivals.map((r) => describe(r.set)).join(', ')}` : '';
  const lacking = poorer
    .filter(() => set.which === 'raw')
    .map((r) => `; ${describe(r.set)} has only ${r.score} of ${counted(names.length, 'weight')}`);
  const choose = others || lacking.length > 0 ? ' (--which ema, raw or a name chooses)' : '';
  return `${path}: took ${describe(set)}${others}${lacking.join('')}${choose}`;
}

/** Whether two sets find the weights in the same places, as `module.x` and `x` do once wrappers are removed. */
function isSame(a: WeightSet, b: WeightSet, names: readonly string[]): boolean {
  return names.every((name) => {
    const [x, y] = [a.stored.get(name), b.stored.get(name)];
    return x?.name === y?.name && x?.table === y?.table;
  });
}

function describe({ which, place }: WeightSet): string {
  const kind = which === 'ema' ? 'averaged weights' : 'raw weights';
  return place ? `${kind} (${printable(place)})` : kind;
}

function absent(path: string, which: string | undefined, [other]: readonly Ranked[]): WeftError {
  if (!other) return new WeftError(`${path} holds no weights: it is empty.`, 'Name another file.');
  if (which === 'ema' || which === 'raw') {
    const [wanted, found] =
      which === 'ema' ? ['averaged weights (EMA)', 'not marked as averaged'] : ['raw weights', 'averaged (EMA)'];
    const under = other.set.place ? ` under ${printable(other.set.place)}` : '';
    return new WeftError(
      `${path} holds no ${wanted}: the weights it has${under} are ${found}.`,
      'Leave out which weights to take, to use those it has.',
    );
  }
  return new WeftError(
    `${path} holds no weights that are called "${printable(which ?? '')}".`,
    `Its best set is ${describe(other.set)}; --which takes ema, raw, or the name of a table.`,
  );
}
