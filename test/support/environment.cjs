/**
 * Node's environment with this realm's typed arrays: native addons test `instanceof Float32Array` across realms. Where Node can
 * make one, its global object is a plain one: jest's is a proxy, which is asked at every mention of `Math` or `Array`.
 */
const vm = require('node:vm');
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

/** Gives what `make` does, with plain global objects in the contexts that it creates. */
function withPlainGlobals(make) {
  const { createContext, constants } = vm;
  if (constants?.DONT_CONTEXTIFY) vm.createContext = () => createContext(constants.DONT_CONTEXTIFY);
  try {
    return make();
  } finally {
    vm.createContext = createContext;
  }
}

module.exports = class extends TestEnvironment {
  constructor(config, context) {
    withPlainGlobals(() => super(config, context));
    for (const name of shared) this.global[name] = globalThis[name];
  }
};
