import { table } from './failure.js';

export const storeFailures = table({});
