/** Examines the machine's Python: its version, whether it has pip, and the folder of an installed TensorFlow. */
// Tested by test/setup/doctor.test.ts.
import { askCommand } from './run-command';

export interface Python {
  readonly program: string;
  /** `3.11.7` */
  readonly version: string;
  readonly pip: boolean;
}

/** The first Python 3 on the path, or null. */
export function findPython(): Python | null {
  for (const program of ['python3', 'python']) {
    const question =
      'import sys,importlib.util as u;print("%d.%d.%d"%sys.version_info[:3],int(u.find_spec("pip") is not None))';
    const answer = askCommand(program, ['-c', question]);
    const [version, pip] = answer.stdout.trim().split(' ');
    if (answer.status === 0 && version?.startsWith('3.')) return { program, version, pip: pip === '1' };
  }
  return null;
}

/** Folder and version of the TensorFlow installed for `python`, found without importing it (which takes seconds). */
export function pythonTensorFlow(python: Python): { readonly folder: string; readonly version: string } | null {
  const question = [
    'import importlib.util as u, importlib.metadata as m, os',
    's = u.find_spec("tensorflow")',
    'names = ["tensorflow", "tensorflow-cpu", "tensorflow_cpu", "tf-nightly"]',
    'version = next((d.version for d in m.distributions() if d.metadata["Name"] in names), "")',
    'print(list(s.submodule_search_locations)[0] if s and s.submodule_search_locations else "")',
    'print(version)',
  ].join('\n');
  const answer = askCommand(python.program, ['-c', question]);
  const [folder, version] = answer.stdout.split('\n').map((line) => line.trim());
  return answer.status === 0 && folder ? { folder, version: version || 'unknown' } : null;
}
