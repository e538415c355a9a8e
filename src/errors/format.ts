import { table } from './failure.js';

export const formatFailures = table({});
