/** PyTorch as a backend. */
export { openPyTorch as open } from './session';
export { pytorchWords as words } from './words';
