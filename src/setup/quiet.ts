/** Hides the messages that native libraries print while they load. */
// Tested by test/backends/tensorflow/session.test.ts.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bindingPackage, bindingPath } from './paths';

/**
 * TensorFlow prints from its static initialisers, before any log level is read, so only redirecting the file descriptor helps. This
 * must be atomic (`dup2`), which Node cannot do by itself.
 */
export const quietSource = `
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>
static int saved = -1;
static napi_value mute(napi_env env, napi_callback_info info) {
  int sink = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (saved < 0 && sink >= 0) {
    saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
    if (saved >= 0) dup2(sink, 2);
  }
  if (sink >= 0) close(sink);
  return NULL;
}
static napi_value unmute(napi_env env, napi_callback_info info) {
  if (saved >= 0) {
    dup2(saved, 2);
    close(saved);
    saved = -1;
  }
  return NULL;
}
NAPI_MODULE_INIT() {
  napi_value f;
  napi_create_function(env, "mute", NAPI_AUTO_LENGTH, mute, NULL, &f);
  napi_set_named_property(env, exports, "mute", f);
  napi_create_function(env, "unmute", NAPI_AUTO_LENGTH, unmute, NULL, &f);
  napi_set_named_property(env, exports, "unmute", f);
  return exports;
}
`;

interface Quiet {
  mute(): void;
  unmute(): void;
}

/** The path of the compiled helper, beside the binding. */
export function quietPath(folder: string): string {
  return join(dirname(bindingPath(folder)), 'weft-quiet.node');
}

/** Runs `load` with standard error silenced, if the helper is installed and the user did not ask for TensorFlow's messages. */
export function quietly<T>(load: () => T): T {
  const folder = bindingPackage();
  const path = folder && quietPath(folder);
  if (!path || !existsSync(path) || process.env.TF_CPP_MIN_LOG_LEVEL === '0') return load();
  const quiet = createRequire(import.meta.url)(path) as Quiet;
  quiet.mute();
  try {
    return load();
  } finally {
    quiet.unmute();
  }
}
