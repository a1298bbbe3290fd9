/** `data = emoji(styles: (twemoji, noto))`: drawings of icon sets. */
// Tested by test/train/data-option.test.ts.
import { namesOf, strings, words } from '../fields';
import { flip } from './folder';
import type { SourceChoice } from './source';

/** The npm package with the drawings of each style. */
export const emojiStyles = {
  twemoji: '@iconify-json/twemoji',
  noto: '@iconify-json/noto',
  openmoji: '@iconify-json/openmoji',
  fluent: '@iconify-json/fluent-emoji-flat',
  flags: '@iconify-json/circle-flags',
} as const;

export type EmojiStyle = keyof typeof emojiStyles;

/** Emoji and flags; class = group, caption = name. */
export const emoji = {
  doc: 'Emoji of icon sets; the group is the class, the name is the caption.',
  examples: ['emoji(styles: (twemoji, noto), groups: ["Food & Drink"])'],
  parameters: {
    styles: words('icon sets', namesOf(emojiStyles)).or(['twemoji']),
    groups: strings('classes by name; all by default').orNull(),
    hold_out: strings('captions to leave out, to be drawn unseen').optional(),
    flip,
  },
  gives: 'pictures',
  hasPartners: false,
  short: 'emoji()',
} satisfies SourceChoice;
