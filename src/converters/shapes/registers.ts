/** Shapes of thread registers: x86-64. */
import type { X86Registers } from '../../image-format/neutral/index.js';
import { x86Modes } from '../../image-format/neutral/words/registers.js';
import { boolean, hex, hex32, list, named, nested, number, wide } from './reps.js';
import { shape } from './shape.js';

type General = X86Registers['general'];
type Floating = NonNullable<X86Registers['floatingPoint']>;
type Extended = NonNullable<Floating['extended']>;
type ShadowStack = NonNullable<Extended['shadowStack']>;
type Segment = NonNullable<X86Registers['segments']>[number];

const general = shape<General>('user_x86_regs_entry', {
  r15: ['r15', hex],
  r14: ['r14', hex],
  r13: ['r13', hex],
  r12: ['r12', hex],
  bp: ['rbp', hex],
  bx: ['rbx', hex],
  r11: ['r11', hex],
  r10: ['r10', hex],
  r9: ['r9', hex],
  r8: ['r8', hex],
  ax: ['rax', hex],
  cx: ['rcx', hex],
  dx: ['rdx', hex],
  si: ['rsi', hex],
  di: ['rdi', hex],
  orig_ax: ['originalRax', hex],
  ip: ['rip', hex],
  cs: ['cs', hex],
  flags: ['rflags', hex],
  sp: ['rsp', hex],
  ss: ['ss', hex],
  fs_base: ['fsBase', hex],
  gs_base: ['gsBase', hex],
  ds: ['ds', hex],
  es: ['es', hex],
  fs: ['fs', hex],
  gs: ['gs', hex],
  mode: ['mode', named(x86Modes)],
});

const shadowStack = shape<ShadowStack>('user_x86_cet_entry', {
  cet: ['state', hex],
  ssp: ['pointer', hex],
});

const extended = shape<Extended>('user_x86_xsave_entry', {
  xstate_bv: ['features', hex],
  ymmh_space: ['avxHigh', wide(4)],
  bndreg_state: ['bounds', list(hex)],
  bndcsr_state: ['boundsConfiguration', list(hex)],
  opmask_reg: ['opmask', list(hex)],
  zmm_upper: ['zmmUpper', list(hex)],
  hi16_zmm: ['zmmHigh', list(hex)],
  pkru: ['protectionKeys', list(number)],
  cet: ['shadowStack', nested(shadowStack)],
});

const floating = shape<Floating>('user_x86_fpregs_entry', {
  cwd: ['control', number],
  swd: ['status', number],
  twd: ['tags', number],
  fop: ['opcode', number],
  rip: ['instructionPointer', hex],
  rdp: ['dataPointer', hex],
  mxcsr: ['mxcsr', number],
  mxcsr_mask: ['mxcsrMask', number],
  st_space: ['stack', wide(4)],
  xmm_space: ['vector', wide(4)],
  padding: ['unused', wide(4)],
  xsave: ['extended', nested(extended)],
});

const segment = shape<Segment>('user_desc_t', {
  entry_number: ['entry', number],
  base_addr: ['base', hex32],
  limit: ['limit', number],
  seg_32bit: ['is32Bit', boolean],
  contents_h: ['contentsHigh', boolean],
  contents_l: ['contentsLow', boolean],
  read_exec_only: ['readExecuteOnly', boolean],
  limit_in_pages: ['limitInPages', boolean],
  seg_not_present: ['notPresent', boolean],
  usable: ['usable', boolean],
});

/** `thread_info_x86`, without `clear_tid_addr`, which every architecture has. */
export const x86Registers = shape<X86Registers>('thread_info_x86', {
  gpregs: ['general', nested(general)],
  fpregs: ['floatingPoint', nested(floating)],
  tls: ['segments', list(nested(segment))],
});
