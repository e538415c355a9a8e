/** Source text of a message's decoder: a loop with one switch over the field keys. */
import { identifier, keyOf, scalarOf } from './scalars.js';
import type { SchemaField } from './schema.js';
import { COST, MAX_DEPTH } from './wire-reader.js';

/**
 * Text of a function body that takes `inner` (getters of nested decoders, by position) and `help`, and returns the
 * decoder.
 */
export function decoderSource(message: string, fields: readonly SchemaField[]): string {
  const nested = fields.flatMap((field, i) => (scalarOf(field) === undefined ? [`let d${i};`] : []));
  const lists = fields.flatMap((field, i) => (field.label === 'repeated' ? [`let a${i};`] : []));
  const required = fields.filter(field => field.label === 'required');
  // The constructor's assignments never run. V8 counts them, and so makes objects with room for that many fields. (The
  // build's minifier takes away what it sees that it cannot run.)
  return `
    ${nested.join(' ')}
    function Message(counted) { if (counted) { ${fields.map(f => `this.${identifier(f.name)} = 0;`).join(' ')} } }
    Message.prototype = Object.prototype;
    return function decode_${functionName(message)}(r, end, depth) {
      if (depth > ${MAX_DEPTH}) help.deep();
      if (--r.budget < 0) help.many();
      if ((r.room -= ${costOf(fields)}) < 0) help.large();
      const m = new Message();
      ${lists.join(' ')}
      while (r.pos < end) {
        const start = r.pos;
        let key = r.buf[start];
        if (key < 128) r.pos++;
        else key = r.uint32();
        switch (key) {
          ${fields.map((field, i) => fieldCase(message, field, i)).join('\n          ')}
          default: help.unknown(m, r, start, key, end);
        }
      }
      if (r.pos !== end) throw r.truncated();
      ${required.map(f => `if (m.${f.name} === undefined) help.missing('${message}.${f.name}');`).join('\n      ')}
      return m;
    };`;
}

/** What a message takes in memory when all its fields are there. */
function costOf(fields: readonly SchemaField[]): number {
  return fields.reduce<number>((sum, field) => sum + COST.field + wide(field), COST.message);
}

/** What a 64-bit integer takes as a bigint. */
function wide({ type }: SchemaField): number {
  return type.endsWith('64') ? COST.wide : 0;
}

/** A message's name as part of a function's name, for stack traces and profiles. */
export function functionName(message: string): string {
  return message.replace(/\W/g, '_');
}

function fieldCase(message: string, field: SchemaField, i: number): string {
  const slot = `m.${identifier(field.name)}`;
  const scalar = scalarOf(field);
  const bind = scalar === undefined ? `if (d${i} === undefined) d${i} = inner[${i}](); ` : '';
  const read = scalar?.read ?? `d${i}(r, r.end(end), depth + 1)`;
  if (field.label !== 'repeated') {
    const once = `if (${slot} !== undefined) help.twice('${message}.${field.name}');`;
    return `case ${keyOf(field)}: ${once} ${bind}${slot} = ${read}; break;`;
  }
  const list = `if (a${i} === undefined) ${slot} = a${i} = [];`;
  const spend = `if (--r.budget < 0) help.many(); if ((r.room -= ${COST.element + wide(field)}) < 0) help.large();`;
  const take = field.packed
    ? `{ const to = r.end(end); while (r.pos < to) { ${spend} a${i}.push(${read}); } if (r.pos !== to) throw r.truncated(); }`
    : `${scalar === undefined ? '' : spend} a${i}.push(${read});`;
  return `case ${keyOf(field)}: ${list} ${bind}${take} break;`;
}
