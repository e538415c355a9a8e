import { createIo } from '../../src/cli/frame/io.js';
import { buildProgram } from '../../src/cli/frame/program.js';
import { shapeOf } from '../../src/cli/frame/shape.js';
import type { ProgramShape } from '../../src/cli/render/shape.js';

/** All commands of `ckpt` as data. */
export async function programShape(): Promise<ProgramShape> {
  const nowhere = { write: () => {}, isTty: false, columns: undefined };
  return shapeOf(await buildProgram(createIo({ out: nowhere, err: nowhere, env: {} }), () => true));
}
