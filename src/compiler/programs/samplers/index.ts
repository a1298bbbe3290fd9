/** Every solver, by the name that specs and the command line use. */
import type { SampleSettings } from '../../lower/recipe';
import { dpmSolverPlusPlus } from './dpm-solver-pp';
import { euler } from './euler';
import { flowDpm } from './flow-dpm';
import { heun, heunExact } from './heun';
import type { Solver } from './solver';

export type SolverName = SampleSettings['solver'];

/** Solvers by name; `dpm_solver_pp` walks noise levels (σ from 1 to 0), the others times (t from 0 to 1). */
export const solvers: { readonly [K in SolverName]: Solver } = {
  euler,
  heun,
  heun_exact: heunExact,
  flow_dpm: flowDpm,
  dpm_solver_pp: dpmSolverPlusPlus,
};
