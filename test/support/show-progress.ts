/** Started on a terminal by a test: emits one stage through the real process's streams, then says that it is done. */
import { attachListeners } from '../../src/cli/frame/listeners.js';
import { leave, processIo } from '../../src/cli/frame/process-io.js';

const { io, err } = processIo();
attachListeners(io, err);
io.emit({ type: 'stage', operation: 'freeze', stage: 'dumping', at: 0 });
io.out('done');
io.end();
await leave(0);
