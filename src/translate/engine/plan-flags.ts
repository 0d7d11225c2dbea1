/** What is to be done at a place of a document (`PlanNode.flags`). */
export const DROP = 1;
export const CAPTURE = 2;
export const UNIT = 4;
export const BY_KIND = 8;
/** Something is to be done inside an object that stands here. */
export const IN_OBJECT = 16;
/** The same for an array. */
export const IN_ARRAY = 32;
export const STRING = 64;
/** The value here may turn out to be left out, with its key. */
export const MAY_VANISH = 128;
/** Members of the object here may be left out: commas are written late. */
export const MEMBERS_VANISH = 256;
/** The same for elements. */
export const ITEMS_VANISH = 512;
