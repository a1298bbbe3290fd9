/** docs/settings.md: every setting of train, sample and export sections, by their schemas. */
import { describeRange } from '../../src/compiler/bind/number-range';
import { exportFields } from '../../src/compiler/sections/export';
import { sampleFields } from '../../src/compiler/sections/sample';
import type { CallSetting, Field, Fields, Setting } from '../../src/compiler/sections/schema';
import { trainFields } from '../../src/compiler/sections/train';
import { code, heading, table } from './page';
import { choiceNotes, settingExamples } from './setting-examples';

export const sections: { readonly [section: string]: Fields } = {
  train: trainFields,
  sample: sampleFields,
  export: exportFields,
};

const intros: { readonly [section: string]: string } = {
  train: 'How a model is trained. What has no default must be given: it matters to the result.',
  sample: 'How images are drawn; flags of `weft sample` say otherwise for one call.',
  export: 'How a model is written for others; flags of `weft export` say otherwise for one call.',
};

export function settingsPage(): string {
  const source = '[the schemas](../src/compiler/sections/)';
  const intro =
    'A section is `train NAME of Model { setting = value … }`. Arguments may be given in order or by name; `weft explain NAME` prints an entry.';
  const lines = [heading('Settings', source, intro)];
  for (const [section, fields] of Object.entries(sections)) {
    lines.push(`## ${section}\n`, `${intros[section]}\n`);
    for (const [name, field] of Object.entries(fields)) lines.push(setting(section, name, field));
  }
  return lines.join('\n');
}

function setting(section: string, name: string, field: Field): string {
  const examples = settingExamples[section][name].map((value) => `${name} = ${value}`);
  const doc = field.doc ? `${field.doc[0].toUpperCase()}${field.doc.slice(1)}. ` : '';
  const parts = [`### ${name}\n`, `${doc}Takes ${kindOf(field)}; ${defaultOf(field)}.\n`];
  if ('calls' in field) parts.push(`${table(['choice', 'what it does', 'arguments'], choices(field.calls))}\n`);
  return [...parts, `${code(examples.join('\n'))}\n`].join('\n');
}

function choices(calls: { readonly [name: string]: Fields }): string[][] {
  return Object.entries(calls).flatMap(([name, fields]) => [
    [`\`${name}\``, choiceNotes[name], Object.entries(fields).map(argument).join('<br>') || 'none'],
    ...Object.values(fields).flatMap((field) => ('calls' in field ? choices(field.calls) : [])),
  ]);
}

function argument([name, field]: readonly [string, Field]): string {
  return `\`${name}\`: ${kindOf(field)}; ${defaultOf(field)}${field.doc ? `; ${field.doc}` : ''}`;
}

function kindOf(field: Field): string {
  const words = (list: readonly string[]): string => list.map((w) => `\`${w}\``).join(', ');
  switch (field.kind) {
    case 'number':
      return `a number, ${describeRange(field)}`.replace('a number, a ', 'a ');
    case 'numbers':
      return `${field.count} numbers in parentheses, each ${describeRange(field)}`;
    case 'word':
      return `one of ${words(field.words)}`;
    case 'words':
      return `some of ${words(field.words)}`;
    case 'strings':
      return 'a list of strings';
    case 'string':
      return field.words ? `a string, or one of ${words(field.words)}` : 'a string';
    case 'file-or-model':
      return `${field.file} or a model`;
    case 'boolean':
      return '`true` or `false`';
    case 'place':
      return 'a tap or a block';
    case 'call':
      return `one of ${words(Object.keys(field.calls))}`;
    case 'calls':
      return `some of ${words(Object.keys(field.calls))}`;
  }
}

function defaultOf({ default: standard }: Field): string {
  if (standard === undefined) return 'must be given';
  if (standard === null || (Array.isArray(standard) && standard.length === 0)) return 'none by default';
  return `\`${written(standard)}\` by default`;
}

function written(value: Exclude<Setting, null>): string {
  if (typeof value === 'object' && 'call' in value) return (value as CallSetting).call;
  return Array.isArray(value) ? `(${value.join(', ')})` : typeof value === 'string' ? value || '""' : String(value);
}
