/** Every option and argument of every command that is a path takes `~` as the user's home. */
import { expect, it } from '@jest/globals';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createProgram } from '../../src/cli/program';

const home = join(homedir(), 'x');

const program = createProgram();
const paths = program.commands.flatMap((command) =>
  command.options
    .filter(({ flags }) => /<(file|folder|path)>/.test(flags))
    .map((option) => [command.name(), option.long ?? ''] as const),
);

it('knows the options that are paths', () => {
  expect(paths.map((path) => path.join(' '))).toEqual(
    expect.arrayContaining(['train --out', 'sample --weights', 'export --run', 'run --inputs', 'verify --weights']),
  );
});

it.each(paths)('%s %s', async (name, option) => {
  const command = createProgram().commands.find((c) => c.name() === name)!;
  for (const other of command.options) other.mandatory = false;
  let value: unknown;
  command.action((...all: unknown[]) => {
    value = Object.values((all.at(-2) as { [name: string]: unknown }) ?? {});
  });
  const needed = command.registeredArguments.filter((a) => a.required).map(() => 'a.weft');
  await command.parseAsync([...needed, option, '~/x'], { from: 'user' });
  expect(value).toContain(home);
});

it.each([
  ['check', ['~/x', 'b.weft'], [home, 'b.weft']],
  ['fmt', ['~/x'], [home]],
  ['inspect', ['~/x#M'], `${home}#M`],
  ['train', ['~/x#M'], `${home}#M`],
  ['sample', ['~/x'], home],
] as const)('%s takes a file of the home', async (name, args, expected) => {
  const command = createProgram().commands.find((c) => c.name() === name)!;
  let given: unknown;
  command.action((target: unknown) => void (given = target));
  await command.parseAsync([...args], { from: 'user' });
  expect(given).toEqual(expected);
});

it('takes a picture of the home for a condition', async () => {
  const command = createProgram().commands.find((c) => c.name() === 'sample')!;
  let given: unknown;
  command.action((_target, options: { given: unknown }) => void (given = options.given));
  await command.parseAsync(['--given', 'low=~/x', '--given', 'low=3'], { from: 'user' });
  expect(given).toEqual({ low: [home, '3'] });
});
