/** Node's environment with this realm's typed arrays: native addons test `instanceof Float32Array` across realms. */
const { TestEnvironment } = require('jest-environment-node');

// Tests have a copy of the environment, so what TensorFlow reads is set out here.
process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';

const shared = [
  'ArrayBuffer',
  'SharedArrayBuffer',
  'DataView',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int8Array',
  'Uint16Array',
  'Int16Array',
  'Uint32Array',
  'Int32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
];

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    for (const name of shared) this.global[name] = globalThis[name];
  }
};
