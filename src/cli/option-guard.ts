/** Holds every option of a command to what all of them share: it is given once unless its help says `(repeatable)`, is not empty, and does not contradict another. */
// Tested by test/cli/options.test.ts.
import type { Command, Option } from 'commander';

/** Options for which the empty text is a value: the empty prompt. */
const maybeEmpty: readonly string[] = ['prompt', 'negative'];

/** Options of a command that do not go together, and why. */
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

/** Refuses an option beside one that was given before and does not go with it. */
function refuseApart(command: Command, option: Option, given: ReadonlySet<string>): void {
  for (const { options, why } of apart[command.name()] ?? []) {
    const other = options.find((name) => name !== option.attributeName() && given.has(name));
    if (other && options.includes(option.attributeName()))
      refuse(command, option, `does not go with --${other}: ${why}; leave one of them out`);
  }
}

/** Whether an option gathers values: its help is where that is said. */
function isRepeatable({ description }: Option): boolean {
  return description.includes('(repeatable)');
}

function refuse(command: Command, option: Option, why: string): never {
  return command.error(`error: option '${option.flags}' ${why}`, { exitCode: 2 });
}
