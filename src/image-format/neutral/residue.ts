/** Section: what a checkpointer wrote and this format does not model. It is carried, so that nothing is lost silently. */
import { z } from 'zod';
import { payloadReference } from './scalars.js';

/** A value of a checkpointer's own format: type-preserving JSON. */
export type CarriedValue =
  | boolean
  | number
  | string
  | { int64: string }
  | { bytes: string }
  | { message: { [field: string]: CarriedValue } }
  | CarriedValue[];

/** A field's name on the wire; `#N` where the message has no name for the number. */
const fieldName = z.string().regex(/^(?:#\d+|[A-Za-z]\w*)$/);

const carriedValue: z.ZodType<CarriedValue> = z
  .lazy(() =>
    z.union([
      z.boolean(),
      z.number(),
      z.string(),
      z.strictObject({ int64: z.string().regex(/^-?\d{1,20}$/) }),
      z.strictObject({ bytes: z.string() }),
      z.strictObject({ message: z.record(fieldName, carriedValue) }),
      z.array(carriedValue),
    ]),
  )
  .meta({ id: 'carriedValue' })
  .describe(
    'A number, text, truth value or list; 64-bit integers, bytes and nested messages in an object that says so',
  );

const place = {
  image: z.string().describe('Kind of image'),
  file: z
    .string()
    .regex(/^[\w.-]+$/)
    .describe('Name of the image file'),
};

const carriedField = z
  .strictObject({
    ...place,
    record: z.int().min(0).describe('Number of the record in the image, from 0'),
    path: z
      .array(z.union([fieldName, z.int().min(0)]))
      .describe('Fields and list positions down to the field'),
    at: z.string().optional().describe('JSON pointer to the object of this tree that the field belongs to'),
    value: carriedValue.optional().describe('The value; absent where the field is absent in the image'),
  })
  .describe('A field that differs from what the document says, or that the document has no word for');
export type CarriedField = z.infer<typeof carriedField>;

const carriedImage = z
  .strictObject({
    ...place,
    absent: z.literal(true).optional().describe('The image does not exist, although the document implies it'),
    records: z
      .array(
        z
          .strictObject({
            type: z
              .string()
              .optional()
              .describe('Message of the record, where it is not the one that the kind implies'),
            message: z.record(fieldName, carriedValue).describe('The fields of the record'),
            payload: payloadReference.optional(),
          })
          .describe('A record'),
      )
      .optional()
      .describe('The records of the image'),
    content: payloadReference.optional().describe('The content of an image that is not made of records'),
  })
  .describe('A whole image');
export type CarriedImage = z.infer<typeof carriedImage>;

export const residue = z
  .strictObject({
    fields: z.array(carriedField).optional().describe('Single fields'),
    images: z.array(carriedImage).optional().describe('Whole images'),
  })
  .describe('What the checkpointer wrote and this format does not model');
export type Residue = z.infer<typeof residue>;
