/** docs/settings.md: every setting of train, sample and export sections, by their schemas. */
import { defaultOf, kindOf } from '../../src/compiler/recipe/describe';
import type { Choices, Field } from '../../src/compiler/recipe/field';
import { namesOf } from '../../src/compiler/recipe/fields';
import { fieldsOf, type SetSectionKind } from '../../src/compiler/sections/keys';
import { code, heading, table } from './page';
import { settingExamples } from './setting-examples';

const intros: { readonly [section: string]: string } = {
  train: 'How a model is trained. What has no default must be given: it matters to the result.',
  sample: 'How images are drawn; flags of `weft sample` say otherwise for one call.',
  export: 'How a model is written for others; flags of `weft export` say otherwise for one call.',
};

export function settingsPage(): string {
  const source = '[the schemas](../src/compiler/recipe/)';
  const intro =
    'A section is `train NAME of Model { setting = value … }`. Arguments may be given in order or by name, and numbers as arithmetic, `batch = 2 * 64`; `weft explain NAME` prints an entry.\n\n' +
    'A section may use the hyper-parameters of its model wherever it takes a number, and in `schedule`, conditions, `true or false`, ' +
    'and arguments of declared methods: `batch = 4096 / width`, `drop = label(0.1 * classes / 1000)`, `optimizer = adamw(rate: 0.1 / width)`, ' +
    '`steps = 2 * size.height`. The values are those of the model that is trained, sampled or exported: of a variant, of `--set width=512`, and in a train section of each case of a ' +
    'study. A recipe keeps the numbers, so a run that goes on is not computed again. A setting that is given by hand may use them too, ' +
    '`--set batch=2*width`. `step`, `steps`, `warmup` and `progress` in a schedule are those of the run.';
  const lines = [heading('Settings', source, intro)];
  for (const section of namesOf(fieldsOf)) {
    lines.push(`## ${section}\n`, `${intros[section]}\n`);
    for (const [name, field] of Object.entries(fieldsOf[section])) lines.push(setting(section, name, field));
  }
  return lines.join('\n');
}

/** Examples of every setting of a section: those of its choices, and what else can be written. */
export function examplesOf(section: SetSectionKind, name: string): readonly string[] {
  const { takes } = fieldsOf[section][name];
  const ofChoices = 'choices' in takes ? Object.values(takes.choices).flatMap((c) => c.examples) : [];
  return [...ofChoices, ...(settingExamples[section][name] ?? [])];
}

function setting(section: SetSectionKind, name: string, field: Field<unknown>): string {
  const examples = examplesOf(section, name).map((value) => `${name} = ${value}`);
  const doc = field.doc ? `${field.doc[0].toUpperCase()}${field.doc.slice(1)}. ` : '';
  const parts = [`### ${name}\n`, `${doc}Takes ${kindOf(field)}; ${defaultOf(field)}.\n`];
  const { takes } = field;
  if ('choices' in takes) parts.push(`${table(['choice', 'what it does', 'arguments'], choices(takes.choices))}\n`);
  return [...parts, `${code(examples.join('\n'))}\n`].join('\n');
}

function choices(all: Choices): string[][] {
  return Object.entries(all).flatMap(([name, { doc, parameters }]) => [
    [`\`${name}\``, doc, Object.entries(parameters).map(argument).join('<br>') || 'none'],
    ...Object.values(parameters).flatMap(({ takes }) => ('choices' in takes ? choices(takes.choices) : [])),
  ]);
}

function argument([name, field]: readonly [string, Field<unknown>]): string {
  return `\`${name}\`: ${kindOf(field)}; ${defaultOf(field)}${field.doc ? `; ${field.doc}` : ''}`;
}
