/** For warnings in tests where there must be none. */
export function unexpected(message: string): void {
  throw new Error(`unexpected: ${message}`);
}
