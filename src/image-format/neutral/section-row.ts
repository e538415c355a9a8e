/** A section's row in a document, as the schema has it. */
import { z } from 'zod';

/** A word by which a section can be named, and a field of a tree. */
const sectionName = z.string().regex(/^[a-z][A-Za-z0-9]*$/);

export const sectionRow = z
  .strictObject({
    name: sectionName.describe('The field of a tree that holds the section'),
    version: z
      .int()
      .min(1)
      .describe('Version of the section: it rises when readers of before would misread it'),
    oldestReader: z.int().min(1).describe('Oldest version whose readers take this section'),
    critical: z
      .boolean()
      .describe(
        'Whether processes come back wrong without it: a reader that does not know it must refuse the document. One that does not know another section leaves it alone and carries it along',
      ),
  })
  .describe('What a reader has to know of a section');
