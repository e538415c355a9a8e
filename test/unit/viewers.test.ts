import { describe, expect, it } from 'vitest';
import { withoutViewers } from '../../src/checkpoint/closure/viewers.js';

const tmux = { pid: 1, name: 'tmux: server', terminal: 0 };
const client = { pid: 2, name: 'tmux: client', terminal: 0x8802 };
const screen = { pid: 3, name: 'screen', terminal: 0 };
const attached = { pid: 4, name: 'screen', terminal: 0x8802 };

describe('who says the name of a terminal multiplexer', () => {
  it('means its server, and not who shows it in a terminal', () => {
    expect(withoutViewers([tmux, client])).toEqual([tmux]);
    expect(withoutViewers([attached, screen])).toEqual([screen]);
  });
  it('is told of what shows it where there is nothing else', () => {
    expect(withoutViewers([client])).toEqual([client]);
    expect(withoutViewers([attached])).toEqual([attached]);
  });
  it('means everything of other names', () => {
    const others = [{ pid: 5, name: 'less', terminal: 0x8802 }];
    expect(withoutViewers(others)).toEqual(others);
  });
});
