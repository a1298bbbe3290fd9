import { expect, it } from '@jest/globals';
import {
  dataNotes,
  factsOfWeights,
  readDataNotes,
  recipeFacts,
  type DataFacts,
  unreadNotes,
} from '../../src/run/data-notes';

const text = { encoder: 'words', prefix: 'a ', length: 5 } as const;

it.each<[string, DataFacts, { readonly [key: string]: string }]>([
  ['nothing', {}, {}],
  ['classes', { classes: ['cat', 'dog'] }, { classes: '["cat","dog"]' }],
  ['texts', { text }, { text_encoder: 'words', text_prefix: 'a ', text_length: '5', text_scale: '1' }],
  [
    'numbers of words',
    { text: { ...text, encoder: 'vocabulary', scale: 2, words: ['red'] } },
    { text_encoder: 'vocabulary', text_prefix: 'a ', text_length: '5', text_scale: '2', text_words: '["red"]' },
  ],
  ['latents', { latents: { scale: 0.5, shift: 1 } }, { latent_scale: '0.5', latent_shift: '1' }],
  ['conditions', { given: { low: 'downsample(image, 4)' } }, { given: '{"low":"downsample(image, 4)"}' }],
])('says of %s, and reads it again', (_, facts, notes) => {
  expect(dataNotes(facts)).toEqual(notes);
  expect(readDataNotes(notes)).toEqual(facts);
});

it('leaves the words out of a reading that gives features', () =>
  expect(dataNotes({ text: { ...text, words: ['red'] } })).not.toHaveProperty('text_words'));

it('leaves out what it cannot read, since any program may have written a file', () => {
  const foreign = { classes: '{', text_encoder: 'clip', text_length: '-1', latent_scale: 'NaN', given: '["low"]' };
  expect(readDataNotes(foreign)).toEqual({});
});

it('has the facts of a recipe', () => {
  const given = { low: 'downsample(image, 4)' };
  const data = { kind: 'latents', path: '/x', scale: 0.5, shift: 1 } as const;
  expect(recipeFacts({ text, data, given })).toEqual({ text, latents: { scale: 0.5, shift: 1 }, given });
});

it('takes what a file keeps before what a spec says, and tells where they differ', () => {
  const notes: string[] = [];
  const written = { text: { ...text, weights: 'gemma' }, given: { low: 'downsample(image, 2)', wide: 'image' } };
  const kept = { text: { ...text, length: 9 }, given: { low: 'downsample(image, 4)', wide: 'image' } };
  const facts = factsOfWeights('w.safetensors', { written, kept }, (note) => notes.push(note));
  expect(facts).toEqual({ text: { ...text, length: 9, weights: 'gemma' }, given: kept.given });
  expect(notes).toEqual([
    'w.safetensors was trained with text_length = 9, which is used; the spec says 5',
    'w.safetensors was trained with given low = downsample(image, 4), which is used; the spec says downsample(image, 2)',
  ]);
});

it('names what cannot be read in a file that Weft wrote', () => {
  const damaged = { classes: '5', latent_scale: 'x', latent_shift: '0.5', text_encoder: 'nobody', given: '{"a":1}' };
  expect(unreadNotes({ weft: '0.1.0', ...damaged })).toEqual(['classes', 'given', 'text_encoder', 'latent_scale']);
  expect(unreadNotes(damaged)).toEqual([]);
});
