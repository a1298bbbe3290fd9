/** ONNX Runtime as a backend. */
export { openOnnx as open } from './session';
export { onnxWords as words } from './words';
