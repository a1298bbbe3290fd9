/** Tests that need the native TensorFlow: run where it is set up, skipped with the reason where it is not. */
import { it } from '@jest/globals';
import type { BackendName } from '../../src/backends/session';
import { nativeState } from '../../src/setup/native';

const state = nativeState();
if (state.kind === 'absent') console.warn(`Tests on the native TensorFlow are skipped: ${state.reason}.`);

export const itNative = state.kind === 'ready' ? it : it.skip;

/** Rows for `it.each`: backends with how close they must come, TensorFlow only where it is set up. */
export function onBackends(tolerances: { readonly [name in BackendName]?: number }): [BackendName, number][] {
  const rows = Object.entries(tolerances) as [BackendName, number][];
  return rows.filter(([name]) => name !== 'tensorflow' || state.kind === 'ready');
}
