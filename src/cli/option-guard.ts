/** Holds every option of a command to what all of them share: it is given once unless its help says `(repeatable)`, and not empty. */
import type { Command, Option } from 'commander';

/** Options for which the empty text is a value: the empty prompt. */
const maybeEmpty: readonly string[] = ['prompt', 'negative'];

export function guardOptions(command: Command): void {
  const given = new Set<string>();
  for (const option of command.options) {
    const name = option.attributeName();
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (given.has(name) && !isRepeatable(option)) refuse(command, option, 'was given twice');
      if (value === '' && !maybeEmpty.includes(name)) refuse(command, option, 'was given an empty value');
      given.add(name);
    });
  }
}

/** Whether an option gathers values: its help is where that is said. */
function isRepeatable({ description }: Option): boolean {
  return description.includes('(repeatable)');
}

function refuse(command: Command, option: Option, why: string): never {
  return command.error(`error: option '${option.flags}' ${why}`, { exitCode: 2 });
}
