/** Whether the long counts were asked for: `npm run test:long`. */
export const isLong = process.env.TICKMARK_LONG === '1';
