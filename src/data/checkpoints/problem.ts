/** Problems of PyTorch files, found where the path for the message is not known yet. */
// Tested by test/data/checkpoints/open.test.ts.
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { unreadable } from '../safetensors/dtypes';

/** The file is damaged, for this reason; `brokenFile` makes a message of it. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}

/** More bytes are needed to go on. */
export class Truncated extends FileProblem {
  constructor() {
    super('it ends in the middle of its description of the tensors');
  }
}

/** The file holds something that Weft refuses to rebuild: `what` names it, `why` says why. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly what: string,
    readonly why: string,
  ) {
    super(`${what} ${why}`);
  }
}

/** A requested tensor is of a kind that Weft does not read: `what` names the kind. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  constructor(
    readonly tensor: string,
    readonly what: string,
  ) {
    super(`"${tensor}" is ${what}`);
  }
}

const resave =
  'In a Python that trusts the file, save the tensors alone: ' +
  'torch.save(model.state_dict(), path), or safetensors.torch.save_file(model.state_dict(), path).';

/** A problem with the file at `path` as a WeftError; other errors are returned unchanged. */
export function aboutFile(path: string, error: unknown): unknown {
  if (error instanceof Unreadable) return unreadable(path, error.tensor, error.what);
  if (error instanceof FileProblem)
    return new WeftError(
      `${path} is not a sound PyTorch file: ${printable(error.message)}.`,
      'Download or write it again.',
    );
  if (error instanceof Refused)
    return new WeftError(`${path} holds ${printable(error.what)}, ${printable(error.why)}.`, resave);
  return error;
}
