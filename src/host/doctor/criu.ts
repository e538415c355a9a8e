import { CkptError } from '../../errors.js';
import { liesIn } from '../../versions.js';
import { type CriuCheck, criuCheck } from '../criu/check.js';
import { type Criu, findCriu } from '../criu/find.js';
import { knownPairs } from '../criu/known-pairs.js';
import { inPlainWords } from './criu-words.js';
import type { Finding } from './finding.js';
import { judgePair } from './judge-pair.js';

/** Who only looks does not wait for a CRIU as long as who has to have it, ms. */
const VERSION_LIMIT = 30_000;

/** Finds CRIU, lets it check itself, and says both in findings. */
export async function lookAtCriu(options: {
  readonly path: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly kernel: string;
  /** Debian's code name of this system, where it is one. */
  readonly suite: string | undefined;
  /** Whether we are root, without which CRIU cannot check itself. */
  readonly root: boolean;
}): Promise<{ readonly criu: Criu | undefined; readonly findings: readonly Finding[] }> {
  try {
    const criu = await findCriu({ ...options, limit: VERSION_LIMIT });
    if (!options.root)
      return { criu, findings: [unchecked(criu), ...judgePair(criu.version, options.kernel)] };
    const check = await criuCheck(criu);
    return { criu, findings: judgeCriu(criu, check, options.kernel) };
  } catch (thrown) {
    if (!(thrown instanceof CkptError)) throw thrown;
    return { criu: undefined, findings: [noCriu(thrown, options.suite)] };
  }
}

const reasons: Record<Criu['chosenBy'], string> = {
  option: 'chosen with --criu',
  CKPT_CRIU: 'chosen with CKPT_CRIU',
  PATH: 'the first in PATH',
  'usual place': 'in its usual place; PATH has none',
};

function unchecked(criu: Criu): Finding {
  const what = `CRIU ${criu.version}, ${criu.path} (${reasons[criu.chosenBy]})`;
  return {
    id: 'criu',
    area: 'criu',
    grade: 'limited',
    what,
    consequence: 'it can check itself only as root',
  };
}

/** Pure. */
export function judgeCriu(criu: Criu, check: CriuCheck, kernel: string): Finding[] {
  const pairs = judgePair(criu.version, kernel);
  const title = `CRIU ${criu.version}, ${criu.path} (${reasons[criu.chosenBy]})`;
  const plain = inPlainWords(check.complaints);
  if (check.verdict === 'bad') {
    const first = plain[0];
    const known = pairs.find(pair => pair.prevents === 'freeze');
    const bad: Finding = {
      id: 'criu',
      area: 'criu',
      grade: 'bad',
      what: title,
      consequence: `it cannot work on kernel ${kernel}: ${first?.what ?? 'it does not say why'}`,
      remedy:
        known?.remedy ??
        'put right what else is named here, or use another CRIU with --criu PATH; `criu check` shows all that it says',
      prevents: 'freeze',
    };
    return [bad, ...pairs];
  }
  return [
    { id: 'criu', area: 'criu', grade: 'good', what: title },
    ...pairs,
    ...newerKernels(criu.version),
    ...plain.map(({ id, what, consequence }): Finding => {
      const said = consequence === '' ? {} : { consequence };
      return { id: `criu.${id}`, area: 'criu', grade: 'limited', what, ...said };
    }),
  ];
}

/** Who asks before a switch wants to know whether it goes on with the kernel that comes. */
function newerKernels(criu: string): readonly Finding[] {
  if (!liesIn(criu, knownPairs.vdso.criu)) return [];
  const { least } = knownPairs.vdso.kernel;
  return [
    {
      id: 'criu.newer-kernels',
      area: 'criu',
      grade: 'limited',
      what: `this CRIU works on kernels before ${least} only`,
      consequence: `on a newer one nothing can be thawed`,
      remedy: 'before a switch to one of these have CRIU 4.2 or newer (Debian forky has 4.2.1): --criu PATH',
    },
  ];
}

/** Debian suites that have no package of CRIU. */
const suitesWithout: ReadonlySet<string> = new Set(['bullseye']);

/** Pure: the finding for a CRIU that is not there or cannot be used. */
export function noCriu(error: CkptError, suite: string | undefined): Finding {
  const packaged = suite === undefined || !suitesWithout.has(suite);
  return {
    id: 'criu',
    area: 'criu',
    grade: 'bad',
    what: error.message,
    consequence: error.why,
    remedy: packaged
      ? error.hint
      : `Debian ${suite} has no package of CRIU: bring one along (a newer suite's with its libraries) and name it with --criu PATH`,
    prevents: 'freeze',
    ...(error.code === 'criu-not-found' && packaged ? { packages: ['criu'] } : {}),
  };
}
