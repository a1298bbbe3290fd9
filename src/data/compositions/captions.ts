/** The captions of compositions. */
import type { Content, Group, Link, Relation } from './content';
import { says } from './content';

/** The number of ways to word a caption; each picture uses one of them. */
export const captionForms = 3;

const numberWords = ['no', 'one', 'two', 'three', 'four'] as const;

const atLength: { readonly [R in Relation]: string } = {
  'left of': 'to the left of',
  'right of': 'to the right of',
  above: 'above',
  below: 'below',
};

/** `a red ring and a blue square`, `a picture of a ring to the left of a square`, `there are three crosses`. */
export function captionOf(content: Content, form = 0): string {
  const { groups, links, category } = content;
  const said = says[category];
  const named = groups.map((group) => things(group, said));
  if (links.length === 2) return form === 0 ? clauses(content, named) : list(content, named, form);
  const [link] = links;
  const words =
    said.links && link
      ? `${named[link.first]} ${form === 1 ? atLength[link.relation] : link.relation} ${named[link.second]}`
      : joined(named);
  if (form === 0) return words;
  if (form === 1) return `a picture of ${words}`;
  return `there ${groups[link && said.links ? link.first : 0].count > 1 ? 'are' : 'is'} ${words}`;
}

/** `a large red ring is left of a small blue square, and a small green cross is below the ring` */
function clauses({ groups, links }: Content, named: readonly string[]): string {
  const [one, two] = links;
  const again = (group: number): string => (group === 0 ? the(groups[0]) : named[group]);
  return `${named[one.first]} is ${one.relation} ${named[one.second]}, and ${again(two.first)} is ${two.relation} ${again(two.second)}`;
}

/** `a large red ring, a small blue square and a small green cross; the ring is left of the square, the cross is below the ring` */
function list({ groups, links }: Content, named: readonly string[], form: number): string {
  const said = ({ first, relation, second }: Link): string =>
    `${the(groups[first])} is ${form === 1 ? atLength[relation] : relation} ${the(groups[second])}`;
  return `${joined(named)}; ${links.map(said).join(', ')}`;
}

function the({ shape }: Group): string {
  return `the ${shape}`;
}

/** `a large red ring`, `three crosses` */
function things(
  { shape, colour, size, count }: Group,
  said: { readonly colour: boolean; readonly size: boolean },
): string {
  const noun = count === 1 ? shape : shape === 'cross' ? 'crosses' : `${shape}s`;
  const words = [...(said.size ? [size] : []), ...(said.colour ? [colour] : []), noun];
  const article = count > 1 ? numberWords[count] : /^[aeiou]/.test(words[0]) ? 'an' : 'a';
  return [article, ...words].join(' ');
}

function joined(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0] : `${parts.slice(0, -1).join(', ')} and ${parts[parts.length - 1]}`;
}
