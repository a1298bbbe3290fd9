/** What can be wrong with a PyTorch file, before it is known under which path to complain. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';

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

const resave =
  'In a Python that trusts the file, save the tensors alone: ' +
  'torch.save(model.state_dict(), path), or safetensors.torch.save_file(model.state_dict(), path).';

/** A problem with the file at `path` as a WeftError; anything else comes back as it is. */
export function aboutFile(path: string, error: unknown): unknown {
  if (error instanceof FileProblem)
    return new WeftError(`${path} is not a sound PyTorch file: ${error.message}.`, 'Download or write it again.');
  if (error instanceof Refused) return new WeftError(`${path} holds ${error.what}, ${error.why}.`, resave);
  return error;
}
