import { expect, it } from '@jest/globals';
import { dataNotes, type DataFacts } from '../../src/run/data-notes';

const text = { encoder: 'words', prefix: 'a ', length: 5 } as const;

it.each<[string, DataFacts, object]>([
  ['nothing', {}, {}],
  ['classes', { classes: ['cat', 'dog'] }, { classes: '["cat","dog"]' }],
  [
    'texts',
    { text: { ...text, words: ['red'] } },
    { text_encoder: 'words', text_prefix: 'a ', text_length: '5', text_scale: '1' },
  ],
  [
    'numbers of words',
    { text: { ...text, encoder: 'vocabulary', scale: 2, words: ['red'] } },
    { text_encoder: 'vocabulary', text_prefix: 'a ', text_length: '5', text_scale: '2', text_words: '["red"]' },
  ],
  [
    'latents',
    { data: { kind: 'latents', path: '/x', scale: 0.5, shift: 1 } },
    { latent_scale: '0.5', latent_shift: '1' },
  ],
])('says of %s', (_, facts, wanted) => expect(dataNotes(facts)).toEqual(wanted));
