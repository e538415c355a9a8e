/**
 * Vitest's reporter that leaves what `npm test` counts. Vitest's own JSON report has no place for what a hook of a suite
 * threw, so a machine that did not boot would fail without a word.
 */
import { writeFileSync } from 'node:fs';
import type { Reporter, SerializedError, TestModule } from 'vitest/node';
import { type Counts, countsFileVariable, type Failure, failureText } from './counts.js';

export default class CountsReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[countsFileVariable];
    if (file === undefined) throw new Error(`${countsFileVariable} must name the file for the counts`);
    writeFileSync(file, JSON.stringify(countModules(modules, unhandled)));
  }
}

function countModules(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Counts {
  const tests = modules.flatMap(module => [...module.children.allTests()]);
  const states = (state: string) => tests.filter(test => test.result().state === state);
  const hooks = modules.flatMap(failedHooks);
  const unrun = new Set(hooks.flatMap(hook => hook.unrun));
  const failures: readonly Failure[] = [
    ...states('failed').map(test => ({ name: test.fullName, errors: test.result().errors ?? [], unrun: 0 })),
    ...hooks.map(({ name, errors, unrun }) => ({ name, errors, unrun: unrun.length })),
    ...(unhandled.length > 0 ? [{ name: 'outside of any test', errors: unhandled, unrun: 0 }] : []),
  ];
  return {
    passed: states('passed').length,
    failed: failures.map(failureText),
    skipped: states('skipped').flatMap(test => (unrun.has(test.id) ? [] : [test.fullName])),
  };
}

/** The files and suites that failed beside their tests: they did not load, or a hook threw; with the tests not run for it. */
function failedHooks(module: TestModule) {
  return [module, ...module.children.allSuites()]
    .filter(entity => entity.errors().length > 0)
    .map(entity => ({
      name: entity.type === 'module' ? entity.moduleId : `${module.relativeModuleId} > ${entity.fullName}`,
      errors: entity.errors(),
      unrun: [...entity.children.allTests('skipped')].map(test => test.id),
    }));
}
