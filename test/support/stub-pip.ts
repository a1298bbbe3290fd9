/** Programs that stand in for Python with pip: they put wheels made of given files where pip would put downloads. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync, type Zippable } from 'fflate';
import type { Python } from '../../src/setup/python';

export interface StubPip {
  /** What the wheel holds. */
  readonly files: Zippable;
  /** What the wheels of requirements hold whose text contains a name. */
  readonly others?: { readonly [name: string]: Zippable };
  /** Ends with an error, and says "no route", though the wheel is there. */
  readonly fails?: boolean;
}

/** Writes the program and its wheels into `folder`, all named after `name`. */
export function stubPip(folder: string, name: string, { files, others = {}, fails = false }: StubPip): Python {
  const program = join(folder, name);
  const put = (part: string, entries: Zippable): string => {
    const path = join(folder, `${name}${part}.whl`);
    writeFileSync(path, zipSync(entries));
    return `cp ${path} "$2/"`;
  };
  const cases = Object.entries(others).map(([part, entries]) => `*${part}*) ${put(part, entries)} ;;`);
  const lines = [
    '#!/bin/sh',
    'while [ "$1" != "--dest" ]; do shift; done',
    `case "$3" in ${cases.join(' ')} *) ${put('', files)} ;; esac`,
    'echo "no route" >&2',
    `exit ${fails ? 1 : 0}`,
  ];
  writeFileSync(program, `${lines.join('\n')}\n`);
  chmodSync(program, 0o755);
  return { program, version: '3.11.0', pip: true };
}
