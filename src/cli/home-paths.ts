/** Replaces `~` in every path of a command line with the user's home, as specs do. */
import type { Command } from 'commander';
import { fromHome } from '../files/home';

/** Applies to options whose value is named `<file>`, `<folder>` or `<path>`, and to all arguments that are files or begin with one. */
export function expandHome(command: Command): void {
  for (const option of command.options) {
    if (/<(file|folder|path)>/.test(option.flags) && !option.parseArg) option.argParser(fromHome);
  }
  for (const argument of command.registeredArguments) {
    if (!/^(file|target|model\.onnx)$/.test(argument.name())) continue;
    if (argument.variadic) argument.argParser((path, before: readonly string[] = []) => [...before, fromHome(path)]);
    else argument.argParser(fromHome);
  }
}
