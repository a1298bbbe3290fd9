/** Native TensorFlow as a backend. */
export { open } from './session';
export { tensorflowWords as words } from './words';
