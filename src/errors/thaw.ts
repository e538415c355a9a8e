import { table } from './failure.js';

export const thawFailures = table({});
