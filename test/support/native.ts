/** Tests that need the native TensorFlow: run where it is set up, skipped with the reason where it is not. */
import { it } from '@jest/globals';
import { nativeState } from '../../src/setup/native';

const state = nativeState();
if (state.kind === 'absent') console.warn(`Tests on the native TensorFlow are skipped: ${state.reason}.`);

export const itNative = state.kind === 'ready' ? it : it.skip;
