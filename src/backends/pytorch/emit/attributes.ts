/** The attributes of a class by their paths in the spec: layers, weights and other classes, in containers if a path has several parts. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import { WeftError } from '../../../compiler/diagnostics/diagnostic';

/** A layer or a class of its own, or a bare weight. */
export interface Attribute {
  readonly path: string;
  readonly made: string;
  readonly isWeight: boolean;
}

interface Node {
  readonly attribute: Attribute | null;
  readonly inside: Map<string, Node>;
}

export class Attributes {
  private readonly root: Node = { attribute: null, inside: new Map() };

  constructor(
    private readonly owner: string,
    attributes: readonly Attribute[],
  ) {
    for (const a of attributes) this.add(a);
  }

  /** Whether a name of the first level is not a valid Python name, so that the class is a dictionary of modules. */
  get isDictionary(): boolean {
    return [...this.root.inside.keys()].some((key) => !isName(key));
  }

  names(): string[] {
    return [...this.root.inside.keys()];
  }

  /** The lines that create the attributes. */
  lines(): string[] {
    return [...this.root.inside].map(([key, node]) => `${this.top(key)} = ${this.made(node)}`);
  }

  /** How an attribute is reached: `self.norm`, `self.mlp["0"]`. */
  access(path: string): string {
    const [first, ...rest] = path.split('.');
    let node = this.root.inside.get(first);
    let text = this.top(first);
    for (const key of rest) {
      text += node && isList(node) ? `[${key}]` : `[${JSON.stringify(key)}]`;
      node = node?.inside.get(key);
    }
    return text;
  }

  private add(attribute: Attribute): void {
    const parts = attribute.path.split('.');
    let { inside } = this.root;
    parts.forEach((key, i) => {
      const isLast = i === parts.length - 1;
      const node = inside.get(key) ?? { attribute: isLast ? attribute : null, inside: new Map<string, Node>() };
      if (node.attribute !== null && (!isLast || node.attribute !== attribute))
        this.refuse(`${attribute.path} lies inside ${node.attribute.path}, which is a layer`);
      inside.set(key, node);
      ({ inside } = node);
    });
  }

  private top(key: string): string {
    return isName(key) ? `self.${key}` : `self[${JSON.stringify(key)}]`;
  }

  private made(node: Node): string {
    if (node.attribute) return node.attribute.made;
    const entries = [...node.inside].map(([key, inner]) => ({ key, inner, text: this.made(inner) }));
    const weights = entries.filter(({ inner }) => inner.attribute?.isWeight).length;
    if (weights > 0 && weights < entries.length)
      this.refuse(`the weights ${entries.map((e) => e.key).join(', ')} and layers lie under one label`);
    const dictionary = `{${entries.map(({ key, text }) => `${JSON.stringify(key)}: ${text}`).join(', ')}}`;
    if (weights > 0) return `nn.ParameterDict(${dictionary})`;
    if (!isList(node)) return `nn.ModuleDict(${dictionary})`;
    const isAlike = entries.every(({ text }) => text === entries[0].text);
    if (isAlike && entries.length > 1) return `nn.ModuleList(${entries[0].text} for _ in range(${entries.length}))`;
    return `nn.ModuleList([${entries.map(({ text }) => text).join(', ')}])`;
  }

  private refuse(what: string): never {
    throw new WeftError(
      `PyTorch cannot be emitted for ${this.owner}: ${what}.`,
      'Give one of them another label, or run the model with `--backend pytorch`, which takes every spec.',
    );
  }
}

function isList({ inside }: Node): boolean {
  return inside.size > 0 && [...inside.keys()].every((key, i) => key === String(i));
}

function isName(key: string): boolean {
  return /^[A-Za-z_]\w*$/.test(key);
}
