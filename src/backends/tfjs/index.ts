/** tfjs as a backend. */
export { openTfjs as open } from './session';
export { tfjsWords as words } from './words';
