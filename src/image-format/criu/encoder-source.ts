/** Source text of a message's encoder: its fields in tag order, as protobuf-c writes them. */
import { functionName } from './decoder-source.js';
import { identifier, keyOf, scalarOf } from './scalars.js';
import type { SchemaField } from './schema.js';
import { MAX_DEPTH } from './wire-reader.js';

/**
 * Text of a function body that takes `inner` (getters of nested encoders, by position) and `help`, and returns the
 * encoder.
 */
export function encoderSource(message: string, fields: readonly SchemaField[]): string {
  const nested = fields.flatMap((field, i) => (scalarOf(field) === undefined ? [`let e${i};`] : []));
  return `
    ${nested.join(' ')}
    return function encode_${functionName(message)}(w, m, depth) {
      if (depth > ${MAX_DEPTH}) help.deep();
      const begin = w.pos;
      w.room(${fields.reduce((sum, field) => sum + fixedRoom(field), 0)});
      let n = 0;
      let v;
      ${fields.map((field, i) => fieldLine(message, field, i)).join('\n      ')}
      let keys = 0;
      for (const _ in m) keys++;
      if (keys !== n) { w.pos = begin; help.mixed(w, m, depth); }
    };`;
}

/** Bytes that a single scalar can take at most, key included; other fields make room when they are written. */
function fixedRoom(field: SchemaField): number {
  const most = scalarOf(field)?.most ?? 0;
  return field.label === 'repeated' || most === 0 ? 0 : keyBytes(field).length + most;
}

function fieldLine(message: string, field: SchemaField, i: number): string {
  const scalar = scalarOf(field);
  const bind = scalar === undefined ? `if (e${i} === undefined) e${i} = inner[${i}](); ` : '';
  const write =
    scalar === undefined
      ? (value: string) => `{ const at = w.open(); e${i}(w, ${value}, depth + 1); w.close(at); }`
      : (value: string) => `w.${scalar.write}(${value});`;
  const absent = field.label === 'required' ? ` else help.missing('${message}.${field.name}');` : '';
  const body = field.label === 'repeated' ? repeated(field, write) : single(field, write);
  return `v = m.${identifier(field.name)}; if (v !== undefined) { n++; ${bind}${body} }${absent}`;
}

function single(field: SchemaField, write: (value: string) => string): string {
  const room = fixedRoom(field) === 0 ? `w.room(${keyBytes(field).length + 1}); ` : '';
  return `${room}${putKey(field)} ${write('v')}`;
}

function repeated(field: SchemaField, write: (value: string) => string): string {
  const key = keyBytes(field).length;
  const most = scalarOf(field)?.most ?? 0;
  const list = `if (!Array.isArray(v)) help.notList('${field.name}'); `;
  if (!field.packed) {
    return `${list}for (let i = 0; i < v.length; i++) { w.room(${key + most + 1}); ${putKey(field)} ${write('v[i]')} }`;
  }
  const values = `w.room(v.length * ${most}); for (let i = 0; i < v.length; i++) ${write('v[i]')}`;
  return `${list}if (v.length > 0) { w.room(${key}); ${putKey(field)} const at = w.open(); ${values} w.close(at); }`;
}

function putKey(field: SchemaField): string {
  return keyBytes(field)
    .map(byte => `w.buf[w.pos++] = ${byte};`)
    .join(' ');
}

function keyBytes(field: SchemaField): readonly number[] {
  const bytes: number[] = [];
  let rest = keyOf(field);
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
