/** Codes of train, sample and export sections. */
import { error } from './entry';

export const sectionsCatalog = {
  'unknown-setting': error<{ section: string; setting: string; suggestion: string; known: string }>({
    title: 'No such setting',
    message: ({ section, setting }) => `A ${section} section has no setting \`${setting}\`.`,
    hint: ({ suggestion, known }) => (suggestion ? `Did you mean ${suggestion}?` : `It has ${known}.`),
  }),
  'duplicate-setting': error<{ setting: string }>({
    title: 'A setting is given twice',
    message: ({ setting }) => `\`${setting}\` already has a value.`,
    related: ({ setting }) => `\`${setting}\` is given here first`,
  }),
  'missing-setting': error<{ section: string; setting: string; example: string }>({
    title: 'A setting is missing',
    message: ({ section, setting }) =>
      `This ${section} section does not say \`${setting}\`, which has no default because it matters to the result.`,
    hint: ({ example }) => `For instance: ${example}.`,
  }),
  'setting-kind': error<{ setting: string; expected: string; found: string; suggestion: string }>({
    title: 'Wrong kind of value for a setting',
    message: ({ setting, expected, found }) => `\`${setting}\` takes ${expected}, but this is ${found}.`,
    hint: ({ suggestion }) => suggestion && `Did you mean ${suggestion}?`,
  }),
  'setting-range': error<{ setting: string; found: string; range: string }>({
    title: 'A setting is out of range',
    message: ({ setting, found, range }) => `\`${setting}\` is ${found}, but must be ${range}.`,
  }),
  'phase-setting': error<{ setting: string; known: string }>({
    title: 'A phase cannot change this',
    message: ({ setting }) =>
      `\`${setting}\` is fixed when the training program is built, so a phase cannot change it.`,
    hint: ({ known }) => `Phases can change ${known}.`,
  }),
  'phase-order': error<{ at: number; after: number }>({
    title: 'Phases are out of order',
    message: ({ at, after }) => `This phase begins at step ${at}, which is not after ${after}.`,
    related: ({ after }) => `the phase before begins at step ${after} here`,
  }),
  'section-without-model': error<{ section: string }>({
    title: 'A section does not say which model it is about',
    message: ({ section }) => `Write \`${section} name of Model { … }\`.`,
  }),
};
