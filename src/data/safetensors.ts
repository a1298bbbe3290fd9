/** Safetensors files: named tensors in one flat file with a JSON header. Weights and tensors are read and written in this format. */
export { openSafetensors, readAsNeeded, readSafetensors } from './safetensors/read';
export type { SafetensorsReader } from './safetensors/reader';
export { createSafetensorsWriter, writeSafetensors } from './safetensors/write';
export type { PlannedHeader, SafetensorsWriter, WriteOptions } from './safetensors/write';
export type { FloatStorage, StoredDType } from './safetensors/dtypes';
