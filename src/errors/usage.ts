import { table } from './failure.js';

export const usageFailures = table({});
