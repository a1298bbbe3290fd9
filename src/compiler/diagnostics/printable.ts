/** Text that comes from files, made safe to print: a name must not move the cursor, colour the screen or fake a line. */
// Tested by test/diagnostics/printable.test.ts.

/** Control characters, and characters that reverse the direction of text or end a line in unusual ways. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Longest name that is shown whole, in characters. */
const longest = 200;

/** A name or value from a file, with every unsafe character as its escape, cut if it is too long. */
export function printable(text: string): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return cut.replace(unsafe, escaped);
}

/** A whole message; line breaks and tabs stay because messages use them for layout. */
export function printableMessage(text: string): string {
  return text.replace(unsafe, (c) => (c === '\n' || c === '\t' ? c : escaped(c)));
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
