import { PROC, readText } from './files.js';

/** One line of `/proc/PID/mountinfo`. */
export interface Mount {
  readonly id: number;
  readonly parent: number;
  /** `MAJOR:MINOR`, decimal. */
  readonly device: string;
  /** The folder of the file system that is mounted here. */
  readonly root: string;
  readonly mountpoint: string;
  readonly fileSystem: string;
  readonly source: string;
  /** Of the mount: `ro`, `nosuid`, … */
  readonly options: readonly string[];
  /** Of its propagation: `shared:N`, `master:N`, `unbindable`. */
  readonly propagation: readonly string[];
  /** Of the file system: `rw`, `size=4k`, … */
  readonly fileSystemOptions: readonly string[];
}

/** Never throws; lines it cannot read are left out. Octal escapes (`\040`) are undone. */
export function parseMountInfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap(line => {
    const [left, right] = line.split(' - ');
    if (left === undefined || right === undefined) return [];
    const [id, parent, device = '', root = '', mountpoint = '', options = '', ...propagation] =
      left.split(' ');
    // The source may be empty, and is followed by a space all the same.
    const [fileSystem = '', source = '', fileSystemOptions = ''] = right.split(' ');
    return [
      {
        id: Number(id),
        parent: Number(parent),
        device,
        root: undoEscapes(root),
        mountpoint: undoEscapes(mountpoint),
        fileSystem,
        source: undoEscapes(source),
        options: options.split(','),
        propagation,
        fileSystemOptions: fileSystemOptions.split(','),
      },
    ];
  });
}

/** The mounts that a process sees; empty when it has gone. */
export function readMounts(pid: number | 'self', proc = PROC): readonly Mount[] {
  return parseMountInfo(readText(`${proc}/${pid}/mountinfo`) ?? '');
}

function undoEscapes(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
