/** Checks rules that all options share: each is given once unless its help says `(repeatable)`, is not empty, and does not contradict another. */
// Tested by test/cli/options.test.ts.
import type { Command, Option } from 'commander';

/** Options that accept the empty text: the empty prompt. */
const maybeEmpty: readonly string[] = ['prompt', 'negative'];

/** Options of a command that cannot be combined, and why. */
interface Apart {
  readonly options: readonly [string, string];
  readonly why: string;
}

const apart: { readonly [command: string]: readonly Apart[] } = {
  sample: [
    { options: ['noise', 'count'], why: 'the file says how many images there are, one for each row of noise' },
    { options: ['noise', 'seed'], why: 'a seed is what noise is drawn from, and the file has it drawn' },
    { options: ['text', 'count'], why: 'the file says how many images there are, one for each text' },
    { options: ['text', 'prompt'], why: 'both say what to draw' },
    { options: ['text', 'negative'], why: 'what guidance leads away from is in the file, under names with _none' },
  ],
  export: [
    { options: ['run', 'weights'], why: 'a run has its own weights; a spec with --weights has those of the file' },
  ],
};

export function guardOptions(command: Command): void {
  const given = new Set<string>();
  for (const option of command.options) {
    const name = option.attributeName();
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (given.has(name) && !isRepeatable(option)) refuse(command, option, 'was given twice');
      refuseApart(command, option, given);
      if (value === '' && !maybeEmpty.includes(name)) refuse(command, option, 'was given an empty value');
      given.add(name);
    });
  }
}

/** Refuses an option that cannot be combined with one given before. */
function refuseApart(command: Command, option: Option, given: ReadonlySet<string>): void {
  for (const { options, why } of apart[command.name()] ?? []) {
    const other = options.find((name) => name !== option.attributeName() && given.has(name));
    if (other && options.includes(option.attributeName()))
      refuse(command, option, `does not go with --${other}: ${why}; leave one of them out`);
  }
}

/** Whether an option collects values, which its help says. */
function isRepeatable({ description }: Option): boolean {
  return description.includes('(repeatable)');
}

function refuse(command: Command, option: Option, why: string): never {
  return command.error(`error: option '${option.flags}' ${why}`, { exitCode: 2 });
}
