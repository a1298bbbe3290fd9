/** An open PyTorch file, whichever of the two layouts it has. */
// Tested by test/data/checkpoints/open.test.ts.
import type { FileHandle } from 'node:fs/promises';
import { fileError } from '../../files/file-error';
import { openToRead } from '../../files/regular-file';
import { readBytes } from '../read-bytes';
import type { DecodedTensor } from '../safetensors/dtypes';
import { aboutFile, FileProblem, Unreadable } from './problem';
import { torchWidths, UnreadTensor, type Storage, type TorchTensor } from './torch-tensor';

/** Everything known from the description of a file; no tensor has been read yet. */
export interface TorchLayout {
  /** The pickled object: usually a Map of names and tensors, or of names and such Maps. */
  readonly root: unknown;
  /** Names of the Python objects in it that were not rebuilt. */
  readonly placeholders: ReadonlySet<string>;
  /** The position of a storage's root in the file, and its length in bytes. */
  readonly locate: (storage: Storage) => Promise<{ readonly position: number; readonly bytes: number }>;
}

/** An open PyTorch file; tensors are read when asked for. */
export class TorchFile {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    private readonly layout: TorchLayout,
  ) {}

  static async open(path: string, read: (path: string, file: FileHandle) => Promise<TorchLayout>): Promise<TorchFile> {
    const file = await openToRead(path);
    try {
      return new TorchFile(path, file, await read(path, file));
    } catch (error) {
      await file.close();
      throw aboutFile(path, await fileError(error, 'read', path));
    }
  }

  get root(): unknown {
    return this.layout.root;
  }

  get placeholders(): ReadonlySet<string> {
    return this.layout.placeholders;
  }

  /** Reads only the bytes that a tensor takes its elements from, and returns it in host form. */
  async read(name: string, tensor: TorchTensor | UnreadTensor): Promise<DecodedTensor> {
    try {
      if (tensor instanceof UnreadTensor) throw new Unreadable(name, tensor.what);
      const { start, length } = tensor.extent();
      const width = torchWidths[tensor.dtype];
      if (length === 0) return tensor.decode(name, new Uint8Array(0));
      const { storage } = tensor;
      const { position, bytes } = await this.layout.locate(storage);
      if (bytes !== storage.rootBytes)
        throw new FileProblem(
          `its storage "${storage.key}" has ${bytes} bytes, and its description says ${storage.rootBytes}`,
        );
      const begin = (storage.offset + start) * width;
      if (begin + length * width > bytes)
        throw new FileProblem(`the tensor "${name}" needs ${begin + length * width} bytes of a storage of ${bytes}`);
      return tensor.decode(name, await readBytes(this.path, this.file, position + begin, length * width));
    } catch (error) {
      throw aboutFile(this.path, error);
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
