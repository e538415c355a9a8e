/** The version of `ckpt`, as in package.json (a test compares them: the single executable carries no package.json). */
export const version = '0.1.0';
