/** Everything that a scenario needs: boot a machine, work in its guest, switch its kernel, end it. */
export { AgentRefusal } from './agent-client.js';
export { type VmSupport, vmSupport } from './available.js';
export { type CableEnd, layCable } from './cable.js';
export { CommandError, type CommandResult, MachineError } from './errors.js';
export { Machine } from './machine.js';
export type { BootOptions, CabledCard, RunOptions, SharedTree, StartOptions } from './options.js';
export { freePort } from './ports.js';
export { type WaitOptions, waitFor, within } from './wait.js';
