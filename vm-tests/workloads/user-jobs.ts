/** Jobs that an ordinary user has left running, with temporary files that only they know the names of. */
import assert from 'node:assert/strict';
import type { Machine } from '../driver/index.js';

const USER = 'games';
const HOME = '/home/jobs';
/** Files whose presence tells a job to come to its end. */
const GO_ON = `${HOME}/go-on`;
const WAIT = `until [ -e ${GO_ON} ]; do sleep 0.2; done`;
const NUMBERS = 240_000;

/** Sorts in so little memory that most of the first half lies in closed files in /tmp while it waits for the second. */
const SORT = `{ shuf -i 1-${NUMBERS / 2}; ${WAIT}; shuf -i ${NUMBERS / 2 + 1}-${NUMBERS}; } |
sort -n -S 1M --parallel=1 >${HOME}/sorted
touch ${HOME}/sort-is-over`;

/** Keeps what it has so far in files that it opens by name for each number. */
const SCRIPT = `set -e
file=$(mktemp)
folder=$(mktemp -d)
for number in $(seq 1 50); do echo $number >>$file; done
cp $file $folder/copy
touch ${HOME}/script-has-files
${WAIT}
for number in $(seq 51 60); do echo $number >>$file; done
tail -n 11 $file | cat $folder/copy - | tail -n +51 >${HOME}/said
rm $file
rm -r $folder
touch ${HOME}/script-is-over`;

/**
 * Writes numbered lines to the ends of two files and has the same number in a mapped one, and never asks for any of it to be put on the disk. What
 * is missing of the second would be a hole: it is written at the place that the program knows.
 */
const WRITER = `import mmap, os, time
appended = os.open("${HOME}/appended", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
placed = os.open("${HOME}/placed", os.O_WRONLY | os.O_CREAT)
mapped = os.open("${HOME}/mapped", os.O_RDWR | os.O_CREAT)
os.truncate(mapped, 4096)
page = mmap.mmap(mapped, 4096)
number = 0
while True:
    number += 1
    line = b"%07d\\n" % number
    os.write(appended, line)
    os.write(placed, line)
    page[:8] = line
    time.sleep(0.01)
`;

const JOBS = { sort: ['sh', SORT], script: ['sh', SCRIPT], writer: ['python3', WRITER] } as const;

/** Starts them, and waits until each has what is to be lost. */
export async function startUserJobs(machine: Machine): Promise<readonly number[]> {
  await machine.ok(`mkdir -p ${HOME} && chown ${USER} ${HOME}`);
  const pids: number[] = [];
  for (const [name, [program, text]] of Object.entries(JOBS)) {
    await machine.write(`${HOME}/${name}.job`, text);
    const as = ['setpriv', `--reuid=${USER}`, `--regid=${USER}`, '--init-groups'];
    pids.push(await machine.start([...as, program, `${HOME}/${name}.job`], { cwd: HOME }));
  }
  const ready = `test -e ${HOME}/script-has-files && test -s ${HOME}/mapped && set -- /tmp/sort* && test $# -gt 4`;
  await machine.waitFor(async () => (await machine.sh(ready)).status === 0, {
    limit: 120,
    what: 'the jobs to have temporary files',
    every: 0.5,
  });
  return pids;
}

/** Lets them come to their ends after a thaw, and looks at what they have made. */
export async function checkUserJobs(machine: Machine): Promise<void> {
  const lines = async () => Number(await machine.ok(`wc -l <${HOME}/appended`));
  const before = await lines();
  await machine.waitFor(async () => (await lines()) > before, { limit: 60, what: 'the writer to write on' });
  await machine.ok(`touch ${GO_ON}`);
  const over = `cd ${HOME} && test -e sort-is-over && test -e script-is-over`;
  await machine.waitFor(async () => (await machine.sh(over)).status === 0, {
    limit: 180,
    what: 'the jobs to end',
    every: 0.5,
  });
  await machine.ok(`seq 1 ${NUMBERS} | cmp - ${HOME}/sorted`);
  await machine.ok(`seq 50 60 | cmp - ${HOME}/said`);
  await machine.ok(`pkill --signal STOP -u ${USER} python3`);
  for (const file of ['appended', 'placed'])
    await machine.ok(`seq -f %07.0f 1 "$(wc -l <${HOME}/${file})" | cmp - ${HOME}/${file}`);
  const [last, mapped] = [
    await machine.ok(`tail -n 1 ${HOME}/placed`),
    await machine.ok(`head -n 1 ${HOME}/mapped`),
  ];
  assert.ok(Math.abs(Number(last) - Number(mapped)) <= 1, `${mapped} is mapped, and ${last} written`);
  assert.equal(await machine.ok('ls /tmp | grep -E "^(sort|tmp[.])" || true'), '');
}
