/** Safetensors files: named tensors in one flat file with a JSON header, the form in which weights and tensors come and go. */
export { openSafetensors, readAsNeeded, readSafetensors } from './safetensors/read';
export type { SafetensorsReader } from './safetensors/reader';
export { createSafetensorsWriter, writeSafetensors } from './safetensors/write';
export type { PlannedHeader, SafetensorsWriter, WriteOptions } from './safetensors/write';
export type { FloatStorage, StoredDType } from './safetensors/dtypes';
