import { expect, test } from 'vitest';
import { refuseIfTooLarge } from '../../src/checkpoint/store/memory-need.js';

const place = { path: '/store', free: 2n ** 40n };

test('a store whose file system can hold no more files is refused, however much room there is', () => {
  const refused = () => refuseIfTooLarge({ ...place, freeFiles: 31 }, [process.pid]);
  expect(refused).toThrow(expect.objectContaining({ code: 'store-no-files' }));
  refuseIfTooLarge({ ...place, freeFiles: 32 }, [process.pid]);
});

test('a file system that sets no limit to files sets none', () => {
  refuseIfTooLarge({ ...place, freeFiles: undefined }, [process.pid]);
});
