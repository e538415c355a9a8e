import { execa } from 'execa';

/** The tables in which CRIU keeps its rules for the connections of frozen trees. */
export async function criuTables(): Promise<string[]> {
  const { stdout } = await execa('nft', ['list', 'tables']);
  return stdout.split('\n').filter(line => line.includes(' CRIU-'));
}
