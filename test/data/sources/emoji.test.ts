import { expect, it } from '@jest/globals';
import { emojiImages, iconSvg, readStyle } from '../../../src/data/sources/emoji';
import { flagCaption } from '../../../src/data/sources/flag-names';
import { failureOf } from '../../support/failure';

const size = { height: 8, width: 8 };

it('every style has many drawings, none in a skin tone', async () => {
  for (const style of ['twemoji', 'noto', 'openmoji', 'fluent'] as const) {
    const icons = await readStyle(style);
    expect(icons.length).toBeGreaterThan(1500);
    expect(icons.filter((i) => /skin tone| (medium|dark)$|tone\d/.test(i.caption)).map((i) => i.caption)).toEqual([]);
    expect(icons.find((i) => i.name === 'grinning-face')).toMatchObject({
      caption: 'grinning face',
      group: 'Smileys & Emotion',
    });
  }
});

it('styles share the names of their groups', async () => {
  const { classes } = await (await emojiImages(['twemoji', 'openmoji'], null, size)).list();
  expect(classes.filter((c) => /Animals|Food|People|Smileys|Travel/.test(c))).toEqual([
    'Animals & Nature',
    'Food & Drink',
    'People & Body',
    'Smileys & Emotion',
    'Travel & Places',
  ]);
});

it('flags are one class, called by their countries', async () => {
  const { classes, images } = await (await emojiImages(['flags'], null, size)).list();
  expect(classes).toEqual(['Flags']);
  expect(images.map((i) => i.caption)).toContain('flag of Japan');
  expect(['fr', 'us-ca', 'lang-de', 'pirate', 'european-union'].map(flagCaption)).toEqual([
    'flag of France',
    'flag of United States ca',
    'flag of German',
    'flag of pirate',
    'flag of european union',
  ]);
});

it('facts name package and version, and do not depend on how a group is spelt', async () => {
  const facts = async (groups: string[]) => (await emojiImages(['twemoji'], groups, size)).facts;
  expect(await facts(['Food & Drink'])).toEqual(await facts(['food-drink']));
  expect(JSON.stringify(await facts([]))).toMatch(/@iconify-json\/twemoji \d+\.\d+\.\d+/);
});

it('an unknown group is named with the one that was meant', async () => {
  expect(await failureOf(async () => (await emojiImages(['twemoji'], ['Activites'], size)).list())).toBe(
    'There is no group "Activites" in these emoji styles.\nDid you mean "Activities"?',
  );
  expect(await failureOf(async () => (await emojiImages(['flags'], ['People'], size)).list())).toMatch(
    /There are: Flags\./,
  );
});

it('leaves out, in every style, the captions that are held out', async () => {
  const captions = async (holdOut?: string[]) => {
    const { images } = await (await emojiImages(['twemoji', 'noto'], ['Smileys & Emotion'], size, holdOut)).list();
    return images.map((i) => i.caption);
  };
  const [all, kept] = [await captions(), await captions(['red heart', 'kissing cat'])];
  expect(all.filter((caption) => caption === 'red heart')).toHaveLength(2);
  expect(kept).toEqual(all.filter((caption) => caption !== 'red heart' && caption !== 'kissing cat'));
  expect(await failureOf(() => captions(['red hart']))).toBe(
    'None of these emoji is called "red hart", so it cannot be held out.\nDid you mean "red heart"?',
  );
});

it('a drawing keeps its own coordinates at any size', () => {
  const icon = { style: 'noto', name: 'x', group: 'y', caption: 'x', body: '<g/>', box: [0, 0, 128, 128] } as const;
  expect(iconSvg(icon, { height: 16, width: 24 })).toMatch(
    /width="24" height="16" viewBox="0 0 128 128"><g\/><\/svg>$/,
  );
});
