/** The wire table, loaded. */
import raw from './wire-table.json' with { type: 'json' };
import type { WireTable } from './wire-types.js';

export const wireTable = raw as unknown as WireTable;
