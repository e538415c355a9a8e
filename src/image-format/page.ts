/** Bytes in a page. Every architecture that the format models uses base pages of this size. */
export const PAGE = 4096;
