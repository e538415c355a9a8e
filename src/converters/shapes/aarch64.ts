/** Shapes of aarch64 registers. */
import type { Aarch64Registers } from '../../image-format/neutral/index.js';
import { hex, list, nested, number } from './reps.js';
import { shape } from './shape.js';

type Keys = NonNullable<Aarch64Registers['pointerAuthentication']>;

const general = shape<Aarch64Registers['general']>('user_aarch64_regs_entry', {
  regs: ['x', list(hex)],
  sp: ['sp', hex],
  pc: ['pc', hex],
  pstate: ['pstate', hex],
});

const vector = shape<Aarch64Registers['vector']>('user_aarch64_fpsimd_context_entry', {
  vregs: ['v', list(hex)],
  fpsr: ['fpsr', number],
  fpcr: ['fpcr', number],
});

const addressKeys = shape<NonNullable<Keys['address']>>('pac_address_keys', {
  apiakey_lo: ['instructionALow', hex],
  apiakey_hi: ['instructionAHigh', hex],
  apibkey_lo: ['instructionBLow', hex],
  apibkey_hi: ['instructionBHigh', hex],
  apdakey_lo: ['dataALow', hex],
  apdakey_hi: ['dataAHigh', hex],
  apdbkey_lo: ['dataBLow', hex],
  apdbkey_hi: ['dataBHigh', hex],
  pac_enabled_key: ['enabled', hex],
});

const genericKeys = shape<NonNullable<Keys['generic']>>('pac_generic_keys', {
  apgakey_lo: ['low', hex],
  apgakey_hi: ['high', hex],
});

const keys = shape<Keys>('pac_keys', {
  pac_address_keys: ['address', nested(addressKeys)],
  pac_generic_keys: ['generic', nested(genericKeys)],
});

const guardedStack = shape<NonNullable<Aarch64Registers['guardedStack']>>('user_aarch64_gcs_entry', {
  gcspr_el0: ['pointer', hex],
  features_enabled: ['features', hex],
});

/** `thread_info_aarch64`, without `clear_tid_addr`, which every architecture has. */
export const aarch64Registers = shape<Aarch64Registers>('thread_info_aarch64', {
  tls: ['threadPointer', hex],
  gpregs: ['general', nested(general)],
  fpsimd: ['vector', nested(vector)],
  pac_keys: ['pointerAuthentication', nested(keys)],
  gcs: ['guardedStack', nested(guardedStack)],
});
