// Preloaded: says in a file, when the process ends, the most memory that it ever had and how much it has read, in bytes.
const { readFileSync, writeFileSync } = require('node:fs');
process.on('exit', () => {
  const read = Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'latin1'))?.[1]);
  const peak = process.resourceUsage().maxRSS * 1024;
  writeFileSync(process.env.CKPT_PEAK, JSON.stringify({ peak, read }));
});
