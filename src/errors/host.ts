import { table } from './failure.js';

export const hostFailures = table({});
