/** The error for a process of a backend that has died. */
// Tested by test/train/devices.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** The variables of its session are lost; a run can go on from what was saved. */
export class LostProcess extends WeftError {}
