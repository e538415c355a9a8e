/** The version of the format that this code writes. */
export const FORMAT = 2;
