/** The command tree: every command registers itself; this file has what all of them share. */
// Tested by test/cli/failure.test.ts.
import { Command } from 'commander';
import { packageRoot } from '../files/package-root';
import { version } from '../version';
import { expandHome } from './home-paths';
import { guardOptions } from './option-guard';
import { registerAlign } from './align';
import { registerCheck } from './check';
import { registerData } from './data';
import { registerDoctor } from './doctor';
import { registerEdit } from './edit';
import { registerEmit } from './emit';
import { registerEvaluate } from './evaluate';
import { registerExplain } from './explain';
import { registerEncode } from './encode';
import { registerExport } from './export';
import { registerFmt } from './fmt';
import { registerInspect } from './inspect';
import { registerPlan } from './plan';
import { registerRun } from './run';
import { registerSample } from './sample';
import { registerScore } from './score';
import { registerSetup } from './setup';
import { registerStrip } from './strip';
import { registerTrain } from './train';
import { registerVerify } from './verify';
import { registerWatch } from './watch';

/** Commands in the order the help lists them. */
const commands = [
  registerCheck,
  registerFmt,
  registerInspect,
  registerData,
  registerPlan,
  registerTrain,
  registerSample,
  registerEdit,
  registerEncode,
  registerWatch,
  registerStrip,
  registerScore,
  registerEvaluate,
  registerAlign,
  registerRun,
  registerExport,
  registerEmit,
  registerVerify,
  registerExplain,
  registerDoctor,
  registerSetup,
];

/** A fresh command tree. Parsing throws CommanderError instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('weft')
    .description('A language for diffusion-transformer architectures: check, cost, train, sample and export them.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show help for a command')
    .usage('COMMAND [options]')
    .showSuggestionAfterError()
    .exitOverride()
    .addHelpText('after', footer);
  for (const register of commands) register(program);
  program.commands.forEach(guardOptions);
  program.commands.forEach(expandHome);
  for (const command of program.commands)
    command.showHelpAfterError(`weft ${command.name()} --help explains the command.`);
  return program.showHelpAfterError('weft --help lists the commands.');
}

const footer = `
TARGET is FILE or FILE#Name: a spec file, and the model (or recipe) in it; the first one if no name is given.

Examples:
  weft check my-model.weft                       say everything that is wrong with a spec
  weft inspect my-model.weft --set depth=12      parameters, FLOPs and memory, block by block
  weft data my-model.weft                        what a model will see, with a contact sheet
  weft train my-model.weft --out runs/first      train by the spec's recipe
  weft sample --run runs/first --out grid.png    draw images with what was trained
  weft export my-model.weft --weights runs/first/ema.safetensors --out model.onnx

The reference: weft explain NAME, or docs/words.md, docs/settings.md and docs/diagnostics.md in ${packageRoot()}.

Exit status: 0 fine, 1 the spec or input is wrong, 2 usage, 3 the environment lacks something.`;
