/**
 * The main script of the single executable: starts the bundled program with the code that V8 made of it at build time
 * (see warm-up/). Node's own `useCodeCache` keeps only what is compiled before anything runs; ours holds the functions
 * that a freeze and a thaw call. A V8 that does not take it compiles them as ever, and so it is where a build has none.
 */
const { getRawAsset } = require('node:sea');
const { Script } = require('node:vm');

// The bundle is ASCII, so that V8 keeps a byte a character.
const source = Buffer.from(getRawAsset('program')).latin1Slice();
const script = new Script(source, { filename: 'ckpt.cjs', cachedData: code() });
script.runInThisContext()(exports, require, module, __filename, __dirname);

function code() {
  try {
    return Buffer.from(getRawAsset('code'));
  } catch (error) {
    if (error.code === 'ERR_SINGLE_EXECUTABLE_APPLICATION_ASSET_NOT_FOUND') return undefined;
    throw error;
  }
}
