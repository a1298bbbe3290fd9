/** Commands, their options, and values that these refuse: each ends with status 2 and words, before anything is read. */
import { expect, it } from '@jest/globals';
import { numberIn, positiveInteger, readGuidance, seedNumber } from '../../src/cli/option-values';
import { createProgram } from '../../src/cli/program';

it('reads whole numbers as specs write them', () => {
  expect(['500', '20k', '1.5m', '1e5', '1'].map(positiveInteger)).toEqual([500, 20_000, 1_500_000, 100_000, 1]);
  for (const wrong of ['-1', '1.5', 'ten', '', '1kk', '0x10', 'NaN', '1e400'])
    expect(() => positiveInteger(wrong)).toThrow('whole number');
  expect(() => positiveInteger('0')).toThrow('at least 1');
  expect(() => seedNumber('2147483648')).toThrow('from 0 to 2147483647');
});

it('reads numbers of a range', () => {
  const positive = numberIn({ above: 0 });
  expect(['0.5', '1e-4', '2.', '.5', '2k'].map(positive)).toEqual([0.5, 1e-4, 2, 0.5, 2000]);
  for (const wrong of ['0', '-1', 'NaN', 'Infinity', '1e400', '', ' ', 'x'])
    expect(() => positive(wrong)).toThrow('above 0');
});

it('reads guidance with or without its interval', () => {
  expect(readGuidance('3.25')).toEqual({ scale: 3.25 });
  expect(readGuidance('3.25, 0.1')).toEqual({ scale: 3.25, from: 0.1, to: 1 });
  expect(readGuidance('3.25, 0.1, 0.9')).toEqual({ scale: 3.25, from: 0.1, to: 0.9 });
  for (const wrong of ['', 'x', '1,2,3,4', '2,,1', 'NaN', '1e400']) expect(() => readGuidance(wrong)).toThrow('SCALE');
  expect(() => readGuidance('2,0.5,0.5')).toThrow('empty');
  expect(() => readGuidance('-1')).toThrow('The scale must be at least 0');
  expect(() => readGuidance('2,-0.1,1')).toThrow('The first time must be between 0 and 1');
  expect(() => readGuidance('2,0,1.5')).toThrow('The last time must be between 0 and 1');
});

/** Wrong values by the kind of number that an option takes. */
const kinds = {
  count: ['0', '-1', '1.5', 'x', 'NaN', 'Infinity', '1e400', '2147483648', ''],
  seed: ['-1', '1.5', 'x', 'NaN', '2147483648', ''],
  positive: ['0', '-1', 'x', 'NaN', 'Infinity', '1e400', ''],
  guidance: ['-1', 'x', 'NaN', '1e400', '2,1,0', '2,0,3', '1,2,3,4', ''],
  side: ['0', '31', '1025', '64.5', 'x', ''],
  opset: ['16', '26', '17.5', 'x', 'NaN', ''],
  set: ['depth', '=3', 'depth=', ''],
  choice: ['nothing', ''],
  place: ['here', 'here:', ':29500', 'here:0', 'here:65536', 'a b:1', ''],
} as const;

/** Every option of a command that takes a number, a choice or key=value. */
const options: { readonly [command: string]: { readonly [option: string]: keyof typeof kinds } } = {
  check: { '--set': 'set' },
  inspect: { '--batch': 'count', '--memory': 'count', '--set': 'set' },
  train: {
    '--steps': 'count',
    '--batch': 'count',
    '--seed': 'seed',
    '--threads': 'count',
    '--devices': 'count',
    '--nodes': 'count',
    '--rank': 'seed',
    '--rendezvous': 'place',
    '--set': 'set',
    '--backend': 'choice',
  },
  evaluate: {
    '--images': 'count',
    '--metrics': 'choice',
    '--resize': 'choice',
    '--seeds': 'seed',
    '--pairs': 'count',
    '--classes': 'count',
  },
  sample: {
    '--steps': 'count',
    '--guidance': 'guidance',
    '--shift': 'positive',
    '--solver': 'choice',
    '--seed': 'seed',
    '--between': 'seed',
    '--count': 'count',
    '--batch': 'count',
    '--threads': 'count',
    '--set': 'set',
    '--backend': 'choice',
  },
  score: {
    '--steps': 'count',
    '--guidance': 'guidance',
    '--shift': 'positive',
    '--seed': 'seed',
    '--count': 'count',
    '--size': 'side',
    '--by': 'choice',
  },
  run: { '--program': 'choice', '--threads': 'count', '--set': 'set', '--backend': 'choice' },
  export: {
    '--opset': 'opset',
    '--precision': 'choice',
    '--program': 'choice',
    '--format': 'choice',
    '--steps': 'count',
    '--shift': 'positive',
    '--guidance': 'guidance',
    '--set': 'set',
  },
  verify: { '--tolerance': 'positive', '--runs': 'count', '--threads': 'count', '--set': 'set', '--program': 'choice' },
};

/** What a command line is refused with; null where it is not. */
async function refusal(args: readonly string[]): Promise<string | null> {
  const program = createProgram();
  let text = '';
  for (const c of [program, ...program.commands]) {
    c.exitOverride().configureOutput({ writeErr: (t) => void (text += t), writeOut: () => {} });
    c.action(() => {});
  }
  try {
    await program.parseAsync([...args], { from: 'user' });
    return null;
  } catch {
    return text;
  }
}

const rows = Object.entries(options).flatMap(([command, own]) =>
  Object.entries(own).flatMap(([option, kind]) => kinds[kind].map((value) => [command, option, value] as const)),
);

it.each(rows)('weft %s %s "%s"', async (command, option, value) => {
  expect(await refusal([command, 'x.weft', option, value])).toMatch(new RegExp(`^error: option '${option}`));
});

it.each(
  createProgram().commands.flatMap((c) =>
    c.options
      .filter((o) => o.required && !o.argChoices && !o.description.includes('(repeatable)'))
      .map((o) => [c.name(), o.long!] as const),
  ),
)('weft %s takes %s once', async (command, option) => {
  const known = { '--opset': '17', '--size': '32', '--rendezvous': 'localhost:29500', '--metrics': 'recall' };
  const value = known[option as keyof typeof known] ?? '1';
  expect(await refusal([command, 'x', option, value, option, value])).toContain('was given twice');
});

it.each([
  [['sample', '--run', 'r', '--noise', 'n', '--seed', '3'], 'a seed is what noise is drawn from'],
  [['sample', '--run', 'r', '--seed', '3', '--noise', 'n'], 'a seed is what noise is drawn from'],
  [['sample', '--run', 'r', '--noise', 'n', '--count', '3'], 'the file says how many images there are'],
  [['sample', '--run', 'r', '--count', '3', '--text', 't'], 'the file says how many images there are'],
  [['sample', '--run', 'r', '--text', 't', '--prompt', 'cat'], 'both say what to draw'],
  [['sample', '--run', 'r', '--text', 't', '--negative', ''], 'under names with _none'],
  [['export', '--out', 'o', '--run', 'r', '--weights', 'w'], 'a run has its own weights'],
])('refuses %j, which do not go together, and says why', async (args, why) => {
  const said = await refusal(args);
  expect(said).toContain(' does not go with --');
  expect(said).toContain(why);
});

/** Two values for every option whose help says that it may be repeated; the prompt may be empty. */
const twice: { readonly [option: string]: readonly [string, string] } = {
  '--attention-at': ['patch_blocks', 'pixel_blocks'],
  '--set': ['a=1', 'b=2'],
  '--prompt': ['a', ''],
  '--given': ['low=a.png', 'scale=3'],
  '--sweep': ['steps=5', 'solver=euler'],
  '--image': ['a.png', 'b.png'],
};

it.each(
  createProgram().commands.flatMap((c) =>
    c.options.filter((o) => o.description.includes('(repeatable)')).map((o) => [c.name(), o.long!] as const),
  ),
)('weft %s takes %s more than once', async (command, option) => {
  const [first, second] = twice[option]!;
  expect((await refusal([command, 'x', option, first, option, second])) ?? '').not.toContain(option);
});

it('gathers conditions by their input, values for one input in turn', async () => {
  const command = createProgram().commands.find((c) => c.name() === 'sample')!;
  let given: unknown;
  command.action((_target, options) => (given = options.given));
  await command.parseAsync(['--given', 'low=a.png', '--given', 's=1', '--given', 's=2'], { from: 'user' });
  expect(given).toEqual({ low: ['a.png'], s: ['1', '2'] });
});

it('takes the empty prompt', async () => {
  expect(await refusal(['sample', 'x', '--prompt', '', '--negative', ''])).toBeNull();
});
