/** What the pages of the reference share. */

/** The first lines of a page. */
export function heading(title: string, source: string, intro: string): string {
  return `# ${title}\n\nGenerated from ${source} by \`npm run generate\`. ${intro}\n`;
}

/** A Markdown table; bars in cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replace(/\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

export function code(text: string, language = 'weft'): string {
  return `\`\`\`${language}\n${text.replace(/\n*$/, '\n')}\`\`\``;
}
