/** What a program that is frozen and thawed looks like to a scenario. */
import { join } from 'node:path';
import type { Machine } from '../driver/index.js';

/** A workload that runs in a machine. */
export interface Running {
  readonly pid: number;
  /** Further roots, which go into the same bundle. */
  readonly others?: readonly number[];
  /** After the thaw: waits for signs of life, and fails when anything was lost. */
  check(machine: Machine): Promise<void>;
  /** Ends what the workload keeps outside the machine. */
  close(): Promise<void>;
  /** What a person would like to know, after the check. */
  summary?(): string;
}

export interface Workload {
  readonly id: string;
  readonly name: string;
  /** A port of the guest that must be forwarded. */
  readonly port?: number;
  start(machine: Machine): Promise<Running>;
}

const here = import.meta.dirname;
/** Where a program of this folder lies in the guest. */
export const at = (name: string): string => `/root/workloads/${name}`;

/** Copies a program of this folder into the guest. */
export async function bring(machine: Machine, file: string): Promise<string> {
  await machine.copyIn(join(here, file), at(file));
  return at(file);
}

/** The JSON in a file of the guest; undefined as long as there is none. */
export async function readJson<T>(machine: Machine, path: string): Promise<T | undefined> {
  const { status, stdout } = await machine.sh(`cat ${path}`);
  return status === 0 && stdout !== '' ? (JSON.parse(stdout) as T) : undefined;
}

export const nothing = async (): Promise<void> => {};
