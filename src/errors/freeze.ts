import { table } from './failure.js';

export const freezeFailures = table({});
