/** What every directory of CRIU's images holds; it is written last. */
export const INVENTORY = 'inventory.img';
