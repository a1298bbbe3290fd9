/** Every built-in solver, by its name in specs and on the command line. */
// Tested by test/compiler/programs/samplers/sample.test.ts.
import { namesOf } from '../../recipe/fields';
import { dpmSolverPlusPlus } from './dpm-solver-pp';
import { euler } from './euler';
import { flowDpm } from './flow-dpm';
import { heun, heunExact } from './heun';

export const solvers = {
  euler,
  heun,
  heun_exact: heunExact,
  flow_dpm: flowDpm,
  dpm_solver_pp: dpmSolverPlusPlus,
};

export type SolverName = keyof typeof solvers;

export const solverNames = namesOf(solvers);
