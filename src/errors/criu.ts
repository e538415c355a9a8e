import { table } from './failure.js';

export const criuFailures = table({});
